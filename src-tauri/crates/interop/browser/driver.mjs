/**
 * Runs real foreign peers for a test that speaks to it over standard input and output, one JSON
 * object a line:
 *
 *   {"id": 1, "do": "page", "page": "ana", …}   ->  {"id": 1, "result": …} or {"id": 1, "error": "…"}
 *   what happens in a page                      ->  {"page": "ana", "event": {…}}
 *
 * When the input ends, everything it started ends too.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
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

const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

/** Pages, trackers and clients, by the names the test gave them. */
const pages = new Map();
const trackers = [];
const clients = new Map();

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

const startChromium = async (profile, showAddresses) => {
  const flags = [...FLAGS, `--user-data-dir=${profile}`];
  if (showAddresses) flags.push("--disable-features=WebRtcHideLocalIpsWithMdns");
  const names = process.env.CHROMIUM ? [process.env.CHROMIUM] : CHROMIUM_NAMES;
  for (const name of names) {
    const child = spawn(name, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
    const started = await new Promise((resolve, reject) => {
      child.once("error", (error) => (error.code === "ENOENT" ? resolve(null) : reject(error)));
      child.once("exit", (code) => reject(new Error(`${name} ended at once with ${code}`)));
      createInterface({ input: child.stderr }).on("line", (line) => {
        const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
        if (address) resolve(address);
      });
    });
    if (started) return { child, address: started };
  }
  throw new Error(`no Chromium found; tried ${names.join(", ")}`);
};

const commands = {
  /** The reference tracker. */
  tracker: async () => {
    const server = new Server({ http: false, udp: false, ws: true, stats: false });
    server.on("warning", () => {});
    server.on("error", (error) => say({ problem: String(error) }));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    trackers.push(server);
    return { url: `ws://127.0.0.1:${server.ws.address().port}` };
  },

  /**
   * The reference tracker's own client, announcing for itself. Its offers and answers are pretend
   * ones: what is asked is whether the tracker carries them.
   */
  client: async ({ name, tracker, infoHash, peerId }) => {
    // Clients of one process share a socket by its address, so each gets an address of its own.
    const announce = [`${tracker}/${name}`];
    const client = new Client({ announce, infoHash, peerId, port: 1, wrtc: pretendWebRtc });
    clients.set(name, client);
    const tell = (event) => say({ page: name, event });
    client.on("update", ({ complete, incomplete }) => tell({ kind: "update", complete, incomplete }));
    client.on("peer", (peer) => tell({ kind: "peer", initiator: peer.initiator, id: peer.id }));
    client.on("warning", (error) => tell({ kind: "warning", error: String(error) }));
    client.on("error", (error) => tell({ kind: "error", error: String(error) }));
    client.start({ numwant: 2 });
    return {};
  },

  /** Announces again, without offers. */
  clientUpdate: async ({ name }) => {
    clients.get(name).update({ numwant: 0 });
    return {};
  },

  clientStop: async ({ name }) => {
    const client = clients.get(name);
    clients.delete(name);
    client.stop();
    client.destroy();
    return {};
  },

  /** A browser with one page. `sorts`: where its peer id shall sort, "low" or "high". */
  page: async ({ page: name, sorts, showAddresses = true, isPrivate = false }) => {
    const profile = await mkdtemp(join(tmpdir(), "interop-"));
    const { child, address } = await startChromium(profile, showAddresses);
    const browser = await chromium.connectOverCDP(address);
    const context = browser.contexts()[0] ?? (await browser.newContext());
    const page = await context.newPage();
    pages.set(name, { browser, child, page, profile });
    await page.exposeFunction("report", (event) => say({ page: name, event }));
    page.on("pageerror", (error) => say({ page: name, event: { kind: "pageError", error: String(error) } }));
    if (sorts) await page.addInitScript(chooseId, sorts);
    if (isPrivate) await page.addInitScript(() => (window.isPrivate = true));
    await page.goto((await theSite()).url);
    await page.waitForFunction(() => window.peer);
    return page.evaluate(() => ({ peerId: window.peer.selfId, userId: window.peer.userId }));
  },

  /** Loads the page again: another session of the same person. */
  reload: async ({ page: name }) => {
    const { page } = pages.get(name);
    await page.reload();
    await page.waitForFunction(() => window.peer);
    return page.evaluate(() => ({ peerId: window.peer.selfId, userId: window.peer.userId }));
  },

  join: (wish) => inPage("join", wish),
  say: (wish) => inPage("say", wish),
  send: (wish) => inPage("send", wish),
  rename: (wish) => inPage("rename", wish),
  type: (wish) => inPage("type", wish),
  leave: (wish) => inPage("leave", wish),
  candidates: (wish) => inPage("candidates", wish),
  connections: (wish) => inPage("connections", wish),

  withdraw: (wish) => inPage("withdraw", wish),

  /** Chooses files as a person does in a dialog, and offers them. */
  offer: async ({ page: name, paths, ...wish }) => {
    const { page } = pages.get(name);
    const session = await page.context().newCDPSession(page);
    const { result } = await session.send("Runtime.evaluate", {
      expression: 'document.querySelector("input")',
    });
    await session.send("DOM.setFileInputFiles", { files: paths, objectId: result.objectId });
    await session.detach();
    return inPage("offer", { page: name, ...wish });
  },

  /** Fetches files; that it fails is an answer too. */
  fetchFiles: async ({ into, ...wish }) => {
    const save = String(saves.size);
    saves.set(save, new Save(into));
    try {
      const { took, names } = await inPage("fetchFiles", { save, ...wish });
      return { took, files: await saves.get(save).end(names) };
    } catch (error) {
      return { failed: String(error) };
    }
  },

  /** Closes the tab, as a person does, and then the browser. */
  close: async ({ page: name }) => {
    const { child, page } = pages.get(name);
    const closed = page.waitForEvent("close");
    await page.close({ runBeforeUnload: true });
    await closed;
    await end(child, "SIGTERM");
    return {};
  },

  /** Ends the browser without a word. */
  kill: async ({ page: name }) => {
    await end(pages.get(name).child, "SIGKILL");
    return {};
  },
};

const inPage = (verb, { page: name, ...wish }) =>
  pages.get(name).page.evaluate(([verb, wish]) => window.peer[verb](wish), [verb, wish]);

const end = async (child, signal) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
};

const endAll = async () => {
  // What is still told is of no interest to anybody.
  process.stdout.removeAllListeners("error").on("error", () => {});
  for (const client of clients.values()) client.destroy();
  for (const { child, profile } of pages.values()) {
    await end(child, "SIGKILL");
    // The browser's helpers may still be writing; what stays lies in the temporary folder.
    await rm(profile, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
  }
  process.exit(0);
};

const input = createInterface({ input: process.stdin });
input.on("line", async (line) => {
  const { id, do: verb, ...wish } = JSON.parse(line);
  try {
    say({ id, result: (await commands[verb](wish)) ?? null });
  } catch (error) {
    say({ id, error: String(error) });
  }
});
input.on("close", endAll);
process.stdout.on("error", endAll);
process.on("SIGTERM", endAll);
