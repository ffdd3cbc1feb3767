// Looks at a page in headless Chromium, as wide as a phone and as a desk, in light and in dark.
//
// Nothing may be wider than the screen but what lies in an element that scrolls by itself, and neither an error nor a
// request for anything leaves the page. The screenshots are left behind. Talks to the browser over a pipe, so that it needs
// nothing but node.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// What stands out of the screen, what `expression` says of the page, and how far it scrolls sideways.
const looked = (aside, expression) => `({
  wide: [...document.querySelectorAll('body *')]
    .filter((element) => { const box = element.getBoundingClientRect(); return box.width && (box.right > innerWidth + 1 || box.left < -1); })
    .filter((element) => !element.closest('${aside}'))
    .map((element) => element.tagName + '.' + (element.getAttribute('class') ?? '')),
  scroll: document.documentElement.scrollWidth - innerWidth,
  seen: ${expression},
})`;

// `look` is { name, chromium, page, screenshots, phone, aside, expression, judge }: `phone` is the width of a phone, `aside`
// selects what may scroll by itself, `judge` is given what `expression` said, and a function to say faults to, and answers
// with a line to print. Ends the process.
export async function look({ name, chromium, page, screenshots, phone, aside, expression, judge }) {
  const url = pathToFileURL(resolve(page)).href;
  const home = mkdtempSync(join(tmpdir(), `${name}-`));
  const browser = spawn(chromium, [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--remote-debugging-pipe', `--user-data-dir=${home}`,
  ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const deadline = setTimeout(() => { browser.kill('SIGKILL'); console.error(`${name}: no answer in two minutes`); process.exit(1); }, 120_000);

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

  async function visit() {
    mkdirSync(screenshots, { recursive: true });
    const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId: session } = await ask('Target.attachToTarget', { targetId, flatten: true });
    await listen(session);
    await ask('Page.enable', {}, session);
    await ask('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true }, session);
    for (const [width, scheme] of [[phone, 'light'], [1280, 'light'], [phone, 'dark'], [1280, 'dark']]) {
      const fault = (what) => faults.push(`${width} ${scheme}: ${what}`);
      await ask('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 }, session);
      await ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] }, session);
      const done = new Promise((resolve) => { loaded = resolve; });
      await ask('Page.navigate', { url }, session);
      await done;
      const { wide, scroll, seen } = await evaluate(session, looked(aside, expression));
      wide.forEach((element) => fault(`${element} stands out of the screen`));
      if (scroll > 0) fault(`the page is ${scroll} pixels too wide`);
      const line = judge(seen, fault);
      // As tall as a screenshot may be: what is out of sight is not drawn.
      const height = Math.min(12_000, await evaluate(session, 'document.documentElement.scrollHeight'));
      await ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 }, session);
      const { data } = await ask('Page.captureScreenshot', {}, session);
      const shot = Buffer.from(data, 'base64');
      if (shot.length < 20_000) fault('the screenshot is nearly empty');
      writeFileSync(join(screenshots, `${name}-${width}-${scheme}.png`), shot);
      console.log(`${name}: ${width} ${scheme}, ${line}`);
    }
  }

  try {
    await visit();
  } catch (error) {
    faults.push(String(error));
  }
  clearTimeout(deadline);
  browser.kill('SIGKILL');
  await new Promise((gone) => (browser.exitCode === null && browser.signalCode === null ? browser.once('exit', gone) : gone()));
  // Its helpers may write for a moment after it is gone.
  for (let left = 50; left > 0; left--) {
    try {
      rmSync(home, { recursive: true, force: true });
      break;
    } catch {
      await new Promise((later) => setTimeout(later, 100));
    }
  }
  faults.forEach((fault) => console.error(`${name}: ${fault}`));
  process.exit(faults.length ? 1 : 0);
}
