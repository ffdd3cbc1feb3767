// Looks at the page of `cascade --html`, in light and in dark:
//
//     node .ci/cascade.mjs CHROMIUM PAGE JSON SCREENSHOTS
//
// The figures on the page and in its pictures are those of JSON (what `cascade --json` printed for the same arguments), and
// every picture says in words what it shows.
import { readFileSync } from 'node:fs';

import { look } from './browser.mjs';

const [chromium, page, json, screenshots] = process.argv.slice(2);
const figures = JSON.parse(readFileSync(json, 'utf8'));
const rungs = ['dispatched', 'accepted', 'delivered', 'read'];
const expected = new Map([['reached', figures.reached], ['duplicates', figures.duplicates], ['fact.late', figures.late],
  ['fact.dispatches', figures.dispatches], ['fact.repeats', figures.repeats], ['fact.recalls', figures.recalls],
  ['fact.in_time', figures.recalled_unseen], ['fact.shown', figures.shown], ['fact.by_several', figures.shown_by_several]]);
for (const channel of figures.channels) [...rungs, 'reached'].forEach((rung) => expected.set(`${channel.channel}.${rung}`, channel[rung]));
for (const [ending, count] of Object.entries(figures.endings)) expected.set(`ending.${ending}`, count);
for (const [seconds, count] of figures.times) expected.set(`time.${seconds}`, count);
const drawn = [...figures.channels.map((channel) => rungs.map((rung) => channel[rung])),
  figures.channels.map((channel) => channel.reached), figures.times.map(([, count]) => count)];

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ',');

// What the cells say, and what the pictures show and say.
const expression = `(() => {
  const pictures = [...document.querySelectorAll('svg')].map((svg) => ({
    words: svg.getAttribute('aria-label') ?? '',
    numbers: [...svg.querySelectorAll('text:not(.name)')].map((text) => text.textContent),
    bars: [...svg.querySelectorAll('rect')].map((bar) => Number(bar.getAttribute('width'))),
    small: [...svg.querySelectorAll('text')].some((text) => text.getBoundingClientRect().height < 10),
    cut: [...svg.querySelectorAll('text')].some((text) => text.getBoundingClientRect().right > svg.getBoundingClientRect().right + 1),
  }));
  return {
    pictures, cells: Object.fromEntries([...document.querySelectorAll('[data-of]')].map((cell) => [cell.dataset.of, cell.textContent])),
  };
})()`;

function judge({ cells, pictures }, fault) {
  for (const [of, number] of expected) {
    if (cells[of] !== grouped(number)) fault(`${of} is ${cells[of]} on the page and ${number} in the document`);
  }
  if (pictures.length !== drawn.length) fault(`${pictures.length} pictures, expected ${drawn.length}`);
  pictures.forEach(({ words, numbers, bars, small, cut }, at) => {
    const shown = drawn[at]?.map(grouped).join(' ');
    if (numbers.join(' ') !== shown) fault(`picture ${at} shows ${numbers.join(' ')}, expected ${shown}`);
    if (drawn[at]?.some((number, row) => (number > 0) !== (bars[row] > 0))) fault(`picture ${at} has a bar where there is nothing, or none`);
    if (words.length < 12) fault(`picture ${at} says nothing in words`);
    if (small || cut) fault(`the words of picture ${at} are too small or cut`);
  });
  return `${expected.size} figures and ${pictures.length} pictures as in the document`;
}

await look({ name: 'cascade', chromium, page, screenshots, phone: 360, aside: '.scroll', expression, judge });
