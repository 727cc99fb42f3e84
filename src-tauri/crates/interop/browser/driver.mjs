/**
 * Runs real foreign peers for a test that speaks to it over standard input and output, one JSON
 * object a line:
 *
 *   {"id": 1, "do": "page", "page": "ana", …}   ->  {"id": 1, "result": …} or {"id": 1, "error": "…"}
 *   what happens in a page                      ->  {"page": "ana", "event": {…}}
 *
 * Several tests may share it, each with a "story" of its own in all it asks for; it then stands in
 * what the pages tell too, names are those of the story, and `{"do": "end", "story": …}` ends
 * everything that the story started. When the input ends, everything else ends too.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { chromium } from "playwright-core";

const { Client, Server } = createRequire(import.meta.url)("bittorrent-tracker");

const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** An address beyond this machine's own, where whoever drives this has set up a tracker. */
const { REACHABLE = "127.0.0.1" } = process.env;

/** No outside host is ever asked for anything. */
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
  `--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1 , EXCLUDE *.local , EXCLUDE ${REACHABLE}`,
  "--allow-loopback-in-peer-connection",
];

/** Where pages share a browser, none of them is the one in front; each is to be as awake as if it were. */
const SHARED_FLAGS = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

const SHOWN_ADDRESSES = "--disable-features=WebRtcHideLocalIpsWithMdns";

const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

/** Pages, clients and trackers of one test, by the names it gave them. */
class Story {
  static #all = new Map();
  pages = new Map();
  clients = new Map();
  #number;
  #ends = [];
  #isOver = false;

  constructor(number) {
    this.#number = number;
  }

  static of(number) {
    if (!Story.#all.has(number)) Story.#all.set(number, new Story(number));
    return Story.#all.get(number);
  }

  /** Tells what happens to whom has that name in it. */
  teller = (page) => (event) => say({ story: this.#number, page, event });

  /** Ends what was started when the story does, and at once where it is over already. */
  async atEnd(end) {
    if (this.#isOver) await end();
    else this.#ends.push(end);
  }

  static async end(number) {
    const story = Story.of(number);
    Story.#all.delete(number);
    story.#isOver = true;
    await Promise.all(story.#ends.map((end) => end()));
  }
}

/** What pages hand over of the files they fetched, by the name each was told. */
const saves = new Map();

let site;

/** Bundles a script once, when it is first asked for: most pages move no files. */
const bundles = new Map();
const bundle = (name) => {
  if (!bundles.has(name)) {
    const built = build({
      absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
      entryPoints: [name],
      bundle: true,
      format: "esm",
      write: false,
      logLevel: "silent",
      external: ["/files.js"],
      ...(name === "files.js" && NODE_IN_A_BROWSER),
    });
    bundles.set(name, built.then(({ outputFiles }) => outputFiles[0].contents));
  }
  return bundles.get(name);
};

/** Libraries made for Node too find here what they look for; the packaged build of one brings all of it along. */
const NODE_IN_A_BROWSER = {
  alias: { webtorrent: "webtorrent/webtorrent.min.js" },
  define: { global: "globalThis" },
  inject: ["node-globals.js"],
};

const SCRIPTS = ["/page.js", "/files.js"];

const PAGE =
  '<!doctype html><title>Peer</title><input type="file" multiple><script type="module" src="/page.js"></script>';

const answer = async (request, response) => {
  const [, first, save, index] = request.url.split("/");
  if (request.method === "POST" && first === "saved") {
    await saves.get(save).take(Number(index), request);
    return response.end();
  }
  const isScript = SCRIPTS.includes(request.url);
  response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
  return response.end(isScript ? await bundle(first) : PAGE);
};

/** Serves the page on a port of its own; a secure context for the browser, as it is loopback. */
const theSite = () => {
  site ??= (async () => {
    const server = createServer((request, response) => {
      answer(request, response).catch((error) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { server, url: `http://127.0.0.1:${server.address().port}/` };
  })();
  return site;
};

/** Files as a page hands them over: hashed, and kept in a folder where there is one. */
class Save {
  #files = [];
  #folder;

  constructor(folder) {
    this.#folder = folder;
  }

  async take(index, stream) {
    this.#files[index] ??= { hash: createHash("sha256"), size: 0, kept: await this.#keep(index) };
    const file = this.#files[index];
    for await (const part of stream) {
      file.hash.update(part);
      file.size += part.length;
      await file.kept?.write(part);
    }
  }

  async end(names) {
    const files = names.map((name, index) => {
      const { hash, size } = this.#files[index];
      return { name, size, sha256: hash.digest("hex") };
    });
    for (const { kept } of this.#files) await kept?.close();
    return files;
  }

  /** By their number: what a stranger calls a file is not where it goes. */
  #keep = (index) => this.#folder && open(join(this.#folder, String(index)), "w");
}

/** Just enough of a connection for an offer and an answer to be made and passed on. */
class PretendConnection {
  iceConnectionState = "new";
  iceGatheringState = "complete";
  signalingState = "stable";
  createDataChannel = (label) => ({ label, readyState: "connecting", close() {} });
  createOffer = async () => ({ type: "offer", sdp: "v=0\r\n" });
  createAnswer = async () => ({ type: "answer", sdp: "v=0\r\n" });
  setLocalDescription = async (description) => {
    this.localDescription = description;
    setTimeout(() => this.onicecandidate?.({ candidate: null }));
  };
  setRemoteDescription = async (description) => {
    this.remoteDescription = description;
  };
  close() {}
}

const pretendWebRtc = {
  RTCPeerConnection: PretendConnection,
  RTCSessionDescription: class {
    constructor(description) {
      Object.assign(this, description);
    }
  },
  RTCIceCandidate: class {},
};

/** The first id the library makes is the peer's own; where it sorts decides who offers. */
const chooseId = (sorts) => {
  const rolls = Math.random;
  const share = sorts === "low" ? 0 : 0.999;
  let left = 10;
  Math.random = () => (left-- > 0 ? share : rolls());
};

/** A running browser. */
class Chromium {
  /** All that may be running. */
  static all = new Set();
  #child;
  #profile = mkdtempSync(join(tmpdir(), "interop-"));
  #flags;

  constructor(flags) {
    this.#flags = [...FLAGS, `--user-data-dir=${this.#profile}`, ...flags];
    Chromium.all.add(this);
  }

  async start() {
    const names = process.env.CHROMIUM ? [process.env.CHROMIUM] : CHROMIUM_NAMES;
    for (const name of names) {
      const address = await this.#run(name);
      if (address) return chromium.connectOverCDP(address);
    }
    throw new Error(`no Chromium found; tried ${names.join(", ")}`);
  }

  /** Where it can be driven, or nothing if there is none of that name. */
  #run = (name) =>
    new Promise((resolve, reject) => {
      const child = spawn(name, [...this.#flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
      this.#child = child;
      child.once("error", (error) => (error.code === "ENOENT" ? resolve(null) : reject(error)));
      child.once("exit", (code) => reject(new Error(`${name} ended at once with ${code}`)));
      createInterface({ input: child.stderr }).on("line", (line) => {
        const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
        if (address) resolve(address);
      });
    });

  async signal(signal) {
    const child = this.#child;
    // One that could not be started has no number, and never exits.
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  /** Ends it, and removes what it wrote. */
  async end() {
    Chromium.all.delete(this);
    await this.signal("SIGKILL");
    // The browser's helpers may still be writing; what stays lies in the temporary folder.
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
  }
}

let shared;

/** The browser of all pages that need none of their own. */
const theSharedBrowser = () => {
  shared ??= new Chromium([SHOWN_ADDRESSES, ...SHARED_FLAGS]).start();
  return shared;
};

/** A place in the shared browser that knows nothing of the others in it. */
const placeInTheSharedBrowser = async (story) => {
  const browser = await theSharedBrowser();
  const context = await browser.newContext();
  await story.atEnd(() => context.close());
  return { context };
};

const placeInABrowserOfItsOwn = async (story, showAddresses) => {
  const own = new Chromium(showAddresses ? [SHOWN_ADDRESSES] : []);
  await story.atEnd(() => own.end());
  const browser = await own.start();
  return { own, context: browser.contexts()[0] ?? (await browser.newContext()) };
};

const inPage =
  (verb) =>
  (story, { page: name, ...wish }) =>
    story.pages.get(name).page.evaluate(([verb, wish]) => window.peer[verb](wish), [verb, wish]);

const commands = {
  /** The reference tracker. */
  tracker: async (story) => {
    const server = new Server({ http: false, udp: false, ws: true, stats: false });
    server.on("warning", () => {});
    server.on("error", (error) => say({ problem: String(error) }));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    await story.atEnd(() => server.close());
    return { url: `ws://127.0.0.1:${server.ws.address().port}` };
  },

  /**
   * The reference tracker's own client, announcing for itself. Its offers and answers are pretend
   * ones: what is asked is whether the tracker carries them.
   */
  client: async (story, { name, tracker, infoHash, peerId }) => {
    // Clients of one process share a socket by its address, so each gets an address of its own.
    const announce = [`${tracker}/${name}`];
    const client = new Client({ announce, infoHash, peerId, port: 1, wrtc: pretendWebRtc });
    story.clients.set(name, client);
    const tell = story.teller(name);
    client.on("update", ({ complete, incomplete }) => tell({ kind: "update", complete, incomplete }));
    client.on("peer", (peer) => tell({ kind: "peer", initiator: peer.initiator, id: peer.id }));
    client.on("warning", (error) => tell({ kind: "warning", error: String(error) }));
    client.on("error", (error) => tell({ kind: "error", error: String(error) }));
    await story.atEnd(() => client.destroy());
    client.start({ numwant: 2 });
    return {};
  },

  /** Announces again, without offers. */
  clientUpdate: async (story, { name }) => {
    story.clients.get(name).update({ numwant: 0 });
    return {};
  },

  clientStop: async (story, { name }) => {
    const client = story.clients.get(name);
    story.clients.delete(name);
    client.stop();
    client.destroy();
    return {};
  },

  /**
   * A page, in a browser of its own unless it may share one, which shows its addresses. `sorts`:
   * where its peer id shall sort, "low" or "high".
   */
  page: async (story, { page: name, sorts, showAddresses = true, isPrivate = false, mayShare = false }) => {
    const { own, context } = mayShare
      ? await placeInTheSharedBrowser(story)
      : await placeInABrowserOfItsOwn(story, showAddresses);
    const page = await context.newPage();
    story.pages.set(name, { own, page });
    const tell = story.teller(name);
    await page.exposeFunction("report", tell);
    page.on("pageerror", (error) => tell({ kind: "pageError", error: String(error) }));
    if (sorts) await page.addInitScript(chooseId, sorts);
    if (isPrivate) await page.addInitScript(() => (window.isPrivate = true));
    await page.goto((await theSite()).url);
    await page.waitForFunction(() => window.peer);
    return page.evaluate(() => ({ peerId: window.peer.selfId, userId: window.peer.userId }));
  },

  /** Loads the page again: another session of the same person. */
  reload: async (story, { page: name }) => {
    const { page } = story.pages.get(name);
    await page.reload();
    await page.waitForFunction(() => window.peer);
    return page.evaluate(() => ({ peerId: window.peer.selfId, userId: window.peer.userId }));
  },

  join: inPage("join"),
  say: inPage("say"),
  send: inPage("send"),
  rename: inPage("rename"),
  type: inPage("type"),
  leave: inPage("leave"),
  candidates: inPage("candidates"),
  connections: inPage("connections"),

  withdraw: inPage("withdraw"),

  /** Chooses files as a person does in a dialog, and offers them. */
  offer: async (story, { page: name, paths, ...wish }) => {
    const { page } = story.pages.get(name);
    const session = await page.context().newCDPSession(page);
    const { result } = await session.send("Runtime.evaluate", {
      expression: 'document.querySelector("input")',
    });
    await session.send("DOM.setFileInputFiles", { files: paths, objectId: result.objectId });
    await session.detach();
    return inPage("offer")(story, { page: name, ...wish });
  },

  /** Fetches files; that it fails is an answer too. */
  fetchFiles: async (story, { into, ...wish }) => {
    const save = String(saves.size);
    saves.set(save, new Save(into));
    try {
      const { took, names } = await inPage("fetchFiles")(story, { save, ...wish });
      return { took, files: await saves.get(save).end(names) };
    } catch (error) {
      return { failed: String(error) };
    }
  },

  /** Closes the tab, as a person does, and then the browser. */
  close: async (story, { page: name }) => {
    const { page } = story.pages.get(name);
    const own = ownBrowser(story, name);
    const closed = page.waitForEvent("close");
    await page.close({ runBeforeUnload: true });
    await closed;
    await own.signal("SIGTERM");
    return {};
  },

  /** Ends the browser without a word. */
  kill: async (story, { page: name }) => {
    await ownBrowser(story, name).signal("SIGKILL");
    return {};
  },
};

/** Nobody ends a browser that others are in. */
const ownBrowser = (story, name) => {
  const { own } = story.pages.get(name);
  if (!own) throw new Error(`${name} has no browser of its own`);
  return own;
};

const endAll = async () => {
  // What is still told is of no interest to anybody.
  process.stdout.removeAllListeners("error").on("error", () => {});
  await Promise.all([...Chromium.all].map((it) => it.end()));
  process.exit(0);
};

const input = createInterface({ input: process.stdin });
input.on("line", async (line) => {
  const { id, do: verb, story, ...wish } = JSON.parse(line);
  try {
    if (verb === "end") await Story.end(story);
    else say({ id, result: (await commands[verb](Story.of(story), wish)) ?? null });
  } catch (error) {
    say({ id, error: String(error) });
  }
});
input.on("close", endAll);
process.stdout.on("error", endAll);
process.on("SIGTERM", endAll);
