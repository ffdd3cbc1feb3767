// Looks at the page of `fit --html`, in light and in dark:
//
//     node .ci/page.mjs CHROMIUM PAGE JSON SCREENSHOTS
//
// The fitted text of JSON (what `fit --json` printed) is seen, and every card shows a screen.
import { readFileSync } from 'node:fs';

import { look } from './browser.mjs';

const [chromium, page, json, screenshots] = process.argv.slice(2);
const answers = readFileSync(json, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const lines = answers.flatMap(({ payload }) => (payload?.ssml ? payload.text.split('\n') : payload?.title ? [payload.title] : []));
if (!lines.length) throw new Error(`no fitted text in ${json}`);

// Words that are on the page but not seen, and cards without a screen.
const expression = `(() => {
  const flat = (text) => text.replace(/\\s+/g, ' ');
  const seen = flat(document.body.innerText);
  const cards = [...document.querySelectorAll('.card')];
  const screens = cards.filter((card) => card.querySelector('.refused') ||
    [...card.querySelectorAll('.phone, .chat, .lock, .inbox, .call, .letter, .desktop')].some((screen) => screen.offsetHeight > 40));
  return {
    cards: cards.length, screens: screens.length, unseen: ${JSON.stringify(lines)}.filter((line) => !seen.includes(flat(line))),
  };
})()`;

function judge({ cards, screens, unseen }, fault) {
  unseen.forEach((line) => fault(`not seen: ${line}`));
  if (!cards || cards !== screens || cards !== answers.length) fault(`${screens} screens on ${cards} cards for ${answers.length} answers`);
  return `${cards} cards, ${lines.length} lines seen`;
}

await look({ name: 'fit', chromium, page, screenshots, phone: 390, aside: '.bar', expression, judge });
