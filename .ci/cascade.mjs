// Looks at the page of `cascade --html` in headless Chromium, as wide as a phone and as a desk, in light and in dark:
//
//     node .ci/cascade.mjs CHROMIUM PAGE JSON SCREENSHOTS
//
// Nothing may be wider than the screen, the figures on the page and in its pictures are those of JSON (what
// `cascade --json` printed for the same arguments), every picture says in words what it shows, and neither an error nor a
// request for anything leaves the page. The screenshots are left in SCREENSHOTS. Talks to the browser over a pipe, so that
// it needs nothing but node.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [chromium, page, json, screenshots] = process.argv.slice(2);
const url = pathToFileURL(resolve(page)).href;
const home = mkdtempSync(join(tmpdir(), 'cascade-'));
const browser = spawn(chromium, [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--remote-debugging-pipe', `--user-data-dir=${home}`,
], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const deadline = setTimeout(() => { browser.kill('SIGKILL'); console.error('cascade: no answer in two minutes'); process.exit(1); }, 120_000);

const waiting = new Map();
const faults = [];
let last = 0, loaded = () => {}, rest = '';

function ask(method, params = {}, sessionId) {
  const id = ++last;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
  return new Promise((answer, refuse) => waiting.set(id, { answer, refuse, method }));
}

function heard({ id, method, params, result, error }) {
  if (id) {
    const asked = waiting.get(id);
    waiting.delete(id);
    return error ? asked.refuse(new Error(`${asked.method}: ${error.message}`)) : asked.answer(result);
  }
  if (method === 'Page.loadEventFired') loaded();
  if (method === 'Log.entryAdded' && params.entry.level === 'error') faults.push(`console: ${params.entry.text}`);
  if (method === 'Runtime.consoleAPICalled') faults.push(`console.${params.type}`);
  if (method === 'Runtime.exceptionThrown') faults.push(`exception: ${params.exceptionDetails.text}`);
  if (method === 'Network.requestWillBeSent' && !/^(file|data|about):/.test(params.request.url)) faults.push(`request: ${params.request.url}`);
}

browser.stdio[4].setEncoding('utf8').on('data', (data) => {
  const messages = (rest + data).split('\0');
  rest = messages.pop();
  messages.forEach((message) => heard(JSON.parse(message)));
});

async function evaluate(session, expression) {
  const { result, exceptionDetails } = await ask('Runtime.evaluate', { expression, returnByValue: true }, session);
  if (exceptionDetails) throw new Error(exceptionDetails.text);
  return result.value;
}

// What stands out of the screen, what the cells say, and what the pictures show and say.
const LOOKED = `(() => {
  const wide = [...document.querySelectorAll('body *')]
    .filter((element) => { const box = element.getBoundingClientRect(); return box.width && (box.right > innerWidth + 1 || box.left < -1); })
    .filter((element) => !element.closest('.scroll'))
    .map((element) => element.tagName + '.' + (element.getAttribute('class') ?? ''));
  const pictures = [...document.querySelectorAll('svg')].map((svg) => ({
    words: svg.getAttribute('aria-label') ?? '',
    numbers: [...svg.querySelectorAll('text:not(.name)')].map((text) => text.textContent),
    bars: [...svg.querySelectorAll('rect')].map((bar) => Number(bar.getAttribute('width'))),
    small: [...svg.querySelectorAll('text')].some((text) => text.getBoundingClientRect().height < 10),
    cut: [...svg.querySelectorAll('text')].some((text) => text.getBoundingClientRect().right > svg.getBoundingClientRect().right + 1),
  }));
  return {
    wide, scroll: document.documentElement.scrollWidth - innerWidth, pictures,
    cells: Object.fromEntries([...document.querySelectorAll('[data-of]')].map((cell) => [cell.dataset.of, cell.textContent])),
  };
})()`;

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ',');

async function main() {
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

  mkdirSync(screenshots, { recursive: true });
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
  const { sessionId: session } = await ask('Target.attachToTarget', { targetId, flatten: true });
  await Promise.all(['Log', 'Runtime', 'Network', 'Page'].map((domain) => ask(`${domain}.enable`, {}, session)));
  for (const [width, scheme] of [[360, 'light'], [1280, 'light'], [360, 'dark'], [1280, 'dark']]) {
    const fault = (what) => faults.push(`${width} ${scheme}: ${what}`);
    await ask('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 }, session);
    await ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] }, session);
    const done = new Promise((resolve) => { loaded = resolve; });
    await ask('Page.navigate', { url }, session);
    await done;
    const { wide, scroll, cells, pictures } = await evaluate(session, LOOKED);
    wide.forEach((element) => fault(`${element} stands out of the screen`));
    if (scroll > 0) fault(`the page is ${scroll} pixels too wide`);
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
    // As tall as a screenshot may be: what is out of sight is not drawn.
    const height = Math.min(12_000, await evaluate(session, 'document.documentElement.scrollHeight'));
    await ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 }, session);
    const { data } = await ask('Page.captureScreenshot', {}, session);
    writeFileSync(join(screenshots, `cascade-${width}-${scheme}.png`), Buffer.from(data, 'base64'));
    console.log(`cascade: ${width} ${scheme}, ${expected.size} figures and ${pictures.length} pictures as in the document`);
  }
}

try {
  await main();
} catch (error) {
  faults.push(String(error));
}
clearTimeout(deadline);
browser.kill('SIGKILL');
await new Promise((gone) => (browser.exitCode === null && browser.signalCode === null ? browser.once('exit', gone) : gone()));
rmSync(home, { recursive: true, force: true, maxRetries: 3 });
faults.forEach((fault) => console.error(`cascade: ${fault}`));
process.exit(faults.length ? 1 : 0);
