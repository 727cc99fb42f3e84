/**
 * One Chromium with bare pages and a data channel, driven by lines of JSON on standard input:
 *
 *   {"do": "open"}                 a channel between two pages
 *   {"do": "send", "bytes": n}     from one page to the other; answered when all has arrived
 *   {"do": "offer"}                a page's offer to somebody else, all candidates in it
 *   {"do": "accept", "answer": …}  that somebody's answer; answered when the channel is open
 *   {"do": "push", "bytes": n}     to that somebody; answered when all is handed over
 *   {"do": "expect", "bytes": n}   from that somebody
 *   {"do": "arrived"}              answered when all that is expected is there
 *   {"do": "end"}
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

// This script is handed over as text, so packages are looked for from where it is run.
const { chromium } = createRequire(join(process.cwd(), "driver.mjs"))("playwright-core");

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-dev-shm-usage",
  "--disable-sync",
  "--remote-debugging-port=0",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];

const NAMES = process.env.CHROMIUM
  ? [process.env.CHROMIUM]
  : ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const profile = await mkdtemp(join(tmpdir(), "bench-"));

const start = (name) =>
  new Promise((resolve) => {
    const child = spawn(name, [...FLAGS, `--user-data-dir=${profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.once("error", () => resolve(null));
    child.once("exit", () => resolve(null));
    createInterface({ input: child.stderr }).on("line", (line) => {
      const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (address) resolve({ child, address });
    });
  });

let started = null;
for (const name of NAMES) started ??= await start(name);
if (!started) throw new Error("no Chromium found");
const browser = await chromium.connectOverCDP(started.address);
const context = browser.contexts()[0] ?? (await browser.newContext());

/** What each page can do; it runs there. */
const setUp = () => {
  const MESSAGE = 16 * 1024;
  const WINDOW = 1024 * 1024;
  const connection = new RTCPeerConnection();
  let channel;
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  let got = 0;
  let wanted = Infinity;
  let arrived;
  const use = (it) => {
    channel = it;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = WINDOW / 2;
    channel.onopen = () => open();
    if (channel.readyState === "open") open();
    channel.onmessage = ({ data }) => {
      got += data.byteLength;
      if (got >= wanted) arrived();
    };
  };
  connection.ondatachannel = (event) => use(event.channel);
  const gathered = () =>
    new Promise((resolve) => {
      const look = () => connection.iceGatheringState === "complete" && resolve();
      connection.onicegatheringstatechange = look;
      look();
    });
  window.bench = {
    offer: async () => {
      use(connection.createDataChannel("data"));
      await connection.setLocalDescription();
      await gathered();
      return connection.localDescription.sdp;
    },
    answer: async (sdp) => {
      await connection.setRemoteDescription({ type: "offer", sdp });
      await connection.setLocalDescription();
      await gathered();
      return connection.localDescription.sdp;
    },
    accept: (sdp) => connection.setRemoteDescription({ type: "answer", sdp }),
    opened: () => opened,
    push: async (bytes) => {
      const message = new Uint8Array(MESSAGE);
      for (let sent = 0; sent < bytes; sent += MESSAGE) {
        if (channel.bufferedAmount > WINDOW) {
          await new Promise((resolve) => (channel.onbufferedamountlow = resolve));
        }
        channel.send(message);
      }
    },
    expect: (bytes) => {
      wanted = got + bytes;
      window.bench.all = new Promise((resolve) => (arrived = resolve));
    },
    arrived: () => window.bench.all,
  };
};

const newPage = async () => {
  const page = await context.newPage();
  await page.evaluate(setUp);
  return page;
};

let from;
let to;

const commands = {
  open: async () => {
    [from, to] = [await newPage(), await newPage()];
    const answer = await to.evaluate((sdp) => window.bench.answer(sdp), await from.evaluate(() => window.bench.offer()));
    await from.evaluate((sdp) => window.bench.accept(sdp), answer);
    await Promise.all([from, to].map((page) => page.evaluate(() => window.bench.opened())));
    return null;
  },
  send: async ({ bytes }) => {
    await to.evaluate((bytes) => window.bench.expect(bytes), bytes);
    await from.evaluate((bytes) => window.bench.push(bytes), bytes);
    await to.evaluate(() => window.bench.arrived());
    return null;
  },
  offer: async () => {
    from = await newPage();
    return from.evaluate(() => window.bench.offer());
  },
  accept: async ({ answer }) => {
    await from.evaluate((sdp) => window.bench.accept(sdp), answer);
    await from.evaluate(() => window.bench.opened());
    return null;
  },
  expect: async ({ bytes }) => {
    await from.evaluate((bytes) => window.bench.expect(bytes), bytes);
    return null;
  },
  arrived: async () => {
    await from.evaluate(() => window.bench.arrived());
    return null;
  },
  push: async ({ bytes }) => {
    await from.evaluate((bytes) => window.bench.push(bytes), bytes);
    return null;
  },
};

const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const { do: verb, ...wish } = JSON.parse(line);
  if (verb === "end") break;
  try {
    say({ result: await commands[verb](wish) });
  } catch (error) {
    say({ error: String(error) });
  }
}
const ended = new Promise((resolve) => started.child.once("exit", resolve));
started.child.kill("SIGKILL");
await ended;
await rm(profile, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
process.exit(0);
