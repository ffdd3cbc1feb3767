// Looks at the page of `fit --html` in headless Chromium, as wide as a phone and as a desk, in light and in dark:
//
//     node .ci/page.mjs CHROMIUM PAGE JSON SCREENSHOTS
//
// Nothing may be wider than the screen, the fitted text of JSON (what `fit --json` printed) is seen, and neither an error
// nor a request for anything leaves the page. The screenshots are left in SCREENSHOTS. Talks to the browser over a pipe,
// so that it needs nothing but node.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [chromium, page, json, screenshots] = process.argv.slice(2);
const url = pathToFileURL(resolve(page)).href;
const home = mkdtempSync(join(tmpdir(), 'page-'));
const browser = spawn(chromium, [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--remote-debugging-pipe', `--user-data-dir=${home}`,
], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const deadline = setTimeout(() => { browser.kill('SIGKILL'); console.error('page: no answer in two minutes'); process.exit(1); }, 120_000);

const waiting = new Map();
const faults = [];
let last = 0, loaded = () => {}, rest = '';

function ask(method, params = {}, sessionId) {
  const id = ++last;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
  return new Promise((answer, refuse) => waiting.set(id, { answer, refuse, method }));
}

function heard({ id, method, params, result, error, sessionId }) {
  if (id) {
    const asked = waiting.get(id);
    waiting.delete(id);
    return error ? asked.refuse(new Error(`${asked.method}: ${error.message}`)) : asked.answer(result);
  }
  if (method === 'Page.loadEventFired') loaded();
  if (method === 'Target.attachedToTarget') listen(params.sessionId).catch(() => {});
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

async function listen(session) {
  await Promise.all(['Log', 'Runtime', 'Network'].map((domain) => ask(`${domain}.enable`, {}, session)));
}

async function evaluate(session, expression) {
  const { result, exceptionDetails } = await ask('Runtime.evaluate', { expression, returnByValue: true }, session);
  if (exceptionDetails) throw new Error(exceptionDetails.text);
  return result.value;
}

// What stands out of the screen, and words that are on the page but not seen.
const looked = (lines) => `(() => {
  const wide = [...document.querySelectorAll('body *')]
    .filter((element) => { const box = element.getBoundingClientRect(); return box.width && (box.right > innerWidth + 1 || box.left < -1); })
    .filter((element) => !element.closest('.bar'))
    .map((element) => element.tagName + '.' + element.className);
  const flat = (text) => text.replace(/\\s+/g, ' ');
  const seen = flat(document.body.innerText);
  const cards = [...document.querySelectorAll('.card')];
  const screens = cards.filter((card) => card.querySelector('.refused') ||
    [...card.querySelectorAll('.phone, .chat, .lock, .inbox, .call, .letter, .desktop')].some((screen) => screen.offsetHeight > 40));
  return {
    wide, scroll: document.documentElement.scrollWidth - innerWidth, cards: cards.length, screens: screens.length,
    unseen: ${JSON.stringify(lines)}.filter((line) => !seen.includes(flat(line))),
  };
})()`;

async function main() {
  const answers = readFileSync(json, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const lines = answers.flatMap(({ payload }) => (payload?.ssml ? payload.text.split('\n') : payload?.title ? [payload.title] : []));
  if (!lines.length) throw new Error(`no fitted text in ${json}`);
  mkdirSync(screenshots, { recursive: true });
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
  const { sessionId: session } = await ask('Target.attachToTarget', { targetId, flatten: true });
  await listen(session);
  await ask('Page.enable', {}, session);
  await ask('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true }, session);
  for (const [width, scheme] of [[390, 'light'], [1280, 'light'], [390, 'dark'], [1280, 'dark']]) {
    await ask('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 }, session);
    await ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] }, session);
    const done = new Promise((resolve) => { loaded = resolve; });
    await ask('Page.navigate', { url }, session);
    await done;
    const { wide, scroll, cards, screens, unseen } = await evaluate(session, looked(lines));
    wide.forEach((element) => faults.push(`${width} ${scheme}: ${element} stands out of the screen`));
    if (scroll > 0) faults.push(`${width} ${scheme}: the page is ${scroll} pixels too wide`);
    unseen.forEach((line) => faults.push(`${width} ${scheme}: not seen: ${line}`));
    if (!cards || cards !== screens || cards !== answers.length) faults.push(`${width} ${scheme}: ${screens} screens on ${cards} cards for ${answers.length} answers`);
    // As tall as a screenshot may be: what is out of sight is not drawn.
    const height = Math.min(12_000, await evaluate(session, 'document.documentElement.scrollHeight'));
    await ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 }, session);
    const { data } = await ask('Page.captureScreenshot', {}, session);
    const shot = Buffer.from(data, 'base64');
    if (shot.length < 100_000) faults.push(`${width} ${scheme}: the screenshot is nearly empty`);
    writeFileSync(join(screenshots, `fit-${width}-${scheme}.png`), shot);
    console.log(`page: ${width} ${scheme}, ${cards} cards, ${lines.length} lines seen`);
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
faults.forEach((fault) => console.error(`page: ${fault}`));
process.exit(faults.length ? 1 : 0);
