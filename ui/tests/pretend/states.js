/**
 * Everything the page can look like.
 *
 * @import {Entry, Line, Notice, Peer} from "../../types/ipc.js"
 * @import {State} from "./backend.js"
 */
import { delivery, file, line, me, minutesAgo, notice, peer, peerIdOf, room, share, trackers, transfer } from "./people.js";
import { PICTURE } from "./files.js";
import { diagnosis, pins } from "./pages.js";

/** @type {Record<string, () => State>} */
export const states = {
  home: () => ({}),
  noQrCode: () => ({ refusals: { read_qr: { kind: "noQrCode" } } }),
  pinned: () => ({ pins: pins() }),
  /** The settings, before anybody changed them. */
  usual: () => inFront("/settings", {}),
  fullDisk: () => inFront("/settings", { refusals: { save_text: { kind: "notSaved" } } }),
  noTray: () => inFront("/settings", { tray: false }),
  otherPassword: () =>
    inFront("den", {
      snapshot: {
        rooms: [room("den", { private: true })],
        problems: [{ id: 4, time: minutesAgo(0), what: { kind: "otherPassword", room: "den", met: false } }],
      },
    }),
  settings: () =>
    inFront("/settings", {
      settings: { trackers: trackers().slice(1).map((it) => it.url), iceServers: [{ urls: ["turn:turn.example.org:3478"], username: "ann", credential: "x" }] },
    }),
  doctor: () => inFront("/doctor", {}),
  well: () => inFront("/doctor", { diagnosis: diagnosis({ advice: [], peers: [], nat: "sameForAll", tried: { attempts: 0, opened: 0, noPath: 0, refused: 0 } }) }),
  shortcuts: () => inFront("/shortcuts", {}),
  about: () => inFront("/about", {}),
  spanish: () => ({ pins: pins(), settings: { language: "es" } }),
  problems: () => ({ snapshot: { rooms: [room("harbour")], problems: problems() } }),
  empty: () => inFront("quiet-harbour-42", { snapshot: { rooms: [room("quiet-harbour-42")] } }),
  offline: () =>
    inFront("quiet-harbour-42", {
      snapshot: {
        rooms: [room("quiet-harbour-42")],
        trackers: trackers().map((it) => ({ ...it, state: "failed", reason: "unreachable", retryAt: Date.now() + 30_000 })),
        problems: [{ id: 9, time: minutesAgo(0), what: { kind: "noTracker" } }],
      },
    }),
  private: () => inFront("den", { snapshot: { rooms: [room("den", { private: true })] } }),
  busy: () =>
    inFront("harbour", {
      snapshot: {
        rooms: [
          room("harbour", { entries: conversation(), peers: people() }),
          room("den", { private: true, peers: [peer("Cy", "Patient Otter")] }),
          room("http://localhost:3000/test", { name: "test", origin: "http://localhost:3000" }),
        ],
      },
      then: (tell) => {
        tell({ kind: "lineAdded", room: "den", line: line("Cy", "<p>psst</p>") });
        tell({ kind: "typingChanged", room: "harbour", peerId: "peer-Boxxxxxxxxxxxxx", direct: false, typing: true });
      },
    }),
  markdown: () =>
    inFront("harbour", {
      snapshot: { rooms: [room("harbour", { entries: markdown(), peers: people() })] },
    }),
  /** Everything that would come from somewhere else. */
  cards: () =>
    inFront("harbour", {
      snapshot: {
        rooms: [
          room("harbour", {
            peers: people(),
            entries: asEntries([
              line("Bo", `<p>The pier, from the water: ${card("picture", "https://pictures.example/pier.png")} and with a name: ${card("picture", "https://pictures.example/boat.png", "The late boat")}</p>`, { text: "The pier" }),
              line("Bo", `<p>${card("picture", "https://pictures.example/missing.png")}</p>`, { text: "missing" }),
              line("Bo", `<p>${card("picture", "https://pictures.example/huge.png")}</p>`, { text: "huge" }),
              line("Sly Fox", `<p>${card("picture", "https://xn--pctures-n2a.example/slow.png")}</p>`, { authorId: "user-fox", text: "slow" }),
              ours(`<p>${card("picture", "https://pictures.example/mine.png")}</p>`, 2, 2, {}, { text: "mine" }),
              line("Bo", `<p>${card("youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")} and ${link("https://harbour.example/timetable", "the harbour’s page")}</p>`, { text: "video" }),
            ]),
          }),
        ],
      },
    }),
  /** Files on their way, both ways. */
  shares: () =>
    inFront("harbour", {
      settings: { downloads: "/home/ann/Downloads" },
      snapshot: {
        rooms: [room("harbour", { peers: people(), entries: shared() }), room("den", { private: true, peers: [peer("Cy", "Patient Otter")] })],
        transfers: moving(),
      },
    }),
  /** What strangers share, and what became of things. */
  sharesEnded: () =>
    inFront("harbour", { snapshot: { rooms: [room("harbour", { peers: people(), entries: sharedBefore() })], transfers: endings() } }),
  /** Where pictures show themselves. */
  sharesShown: () =>
    inFront("harbour", {
      snapshot: { rooms: [room("harbour", { peers: people(), rules: { slow: false, plainStrangers: false, autoMedia: true }, entries: asEntries([
        line("Mallory", "", { authorId: "user-Mallory", share: share("stranger.png", { kind: "image", size: 5_000, thumbnail: THUMBNAIL }) }),
        line("Bo", "", { share: share("large.png", { kind: "image", size: 20_000_000, thumbnail: THUMBNAIL }) }),
        line("Bo", "", { share: share("pier.png", { kind: "image", size: 5_000, thumbnail: THUMBNAIL }) }),
      ]) })] },
    }),
  /** Several at once, what promises nothing, and what is too large to be played. */
  sharesSets: () =>
    inFront("harbour", {
      snapshot: {
        rooms: [room("harbour", { peers: people(), entries: asEntries([
          line("Bo", "", { share: share("pier.png", { kind: "image", files: 3, size: 1_100_000 }) }),
          line("Bo", "", { share: share("Harbour songs", { kind: "folder", files: 23, size: 184_000_000 }) }),
          line("Bo", "", { share: share("film.mp4", { kind: "video", files: null, size: null }) }),
          line("Bo", "", { share: share("whole crossing.mkv", { kind: "video", size: 1_420_000_000 }) }),
        ]) })],
        transfers: [
          transfer("pier.png", { state: "fetching", kind: "image", have: 5_000, total: 1_100_000, files: [file("pier.png", { index: 0, size: 500_000 }), file("boat.png", { index: 1, size: 400_000 }), file("gull.png", { index: 2, size: 200_000 })] }),
          transfer("Harbour songs", { state: "done", kind: "folder", have: 184_000_000, total: 184_000_000, files: Array.from({ length: 23 }, (_, index) => file(`Harbour songs/${index + 1} The ferryman.mp3`, { index, size: 8_000_000, kind: "audio" })) }),
        ],
      },
    }),
  /** What was shown before the page was drawn. */
  sharesAnew: () =>
    inFront("harbour", {
      snapshot: {
        rooms: [room("harbour", { peers: people(), entries: asEntries([line("Bo", "", { share: share("pier.png", { kind: "image", size: 5_000, thumbnail: THUMBNAIL }) })]) })],
        transfers: [transfer("pier.png", { state: "done", kind: "image", have: 5_000, total: 5_000, folder: null, files: [file("pier.png", { kind: "image", mime: "image/png", size: 5_000 })] })],
      },
    }),
  alone: () =>
    inFront("harbour", {
      snapshot: { rooms: [room("harbour", { entries: conversation().slice(0, 8), peers: [] })] },
    }),
  talk: () =>
    inFront("harbour", {
      snapshot: {
        rooms: [
          room("harbour", {
            entries: talk(),
            peers: [...people(), ...strangers()],
            unread: { lines: 2, mentions: 1 },
            directs: [direct("Bo", { unread: { lines: 3, mentions: 3 } }), direct("Dee", { direct: { with: "profile:user-Dee", name: "Dee", peerId: null, animalName: "Calm Crane", imitates: null } })],
          }),
          room("den", { private: true, peers: [peer("Cy", "Patient Otter")], unread: { lines: 12, mentions: 2 } }),
          room("lounge", { muted: true, unread: { lines: 140, mentions: 0 } }),
        ],
        judged: [
          { person: "profile:user-Gus", name: "Gus", animalName: "Grumpy Goat", standing: "muted" },
          { person: "session:peer-Spam", name: "Spam Otter", animalName: null, standing: "blocked" },
        ],
      },
      then: (tell) => {
        tell({ kind: "typingChanged", room: "harbour", peerId: "peer-Boxxxxxxxxxxxxx", direct: false, typing: true });
      },
    }),
  /** Somebody goes by a name that looks like another's. */
  lookalike: () =>
    inFront("harbour", {
      snapshot: {
        rooms: [
          room("harbour", {
            peers: [peer("Bo", "Precious Egret"), peer("Sly Fox", "Sly Fox", { native: true, userId: "user-fox" }), peer("Во", "Sly Newt", { imitates: { kind: "person", name: "Bo" } })],
            entries: asEntries([
              notice({ kind: "joined", peerId: peerIdOf("Bo"), name: "Bo" }),
              line("Bo", "<p>The boat leaves at nine.</p>", { text: "The boat leaves at nine." }),
              line("Sly Fox", "<p>I am there.</p>", { authorId: "user-fox", text: "I am there." }),
              notice({ kind: "joined", peerId: peerIdOf("Во"), name: "Sly Newt" }),
              notice({ kind: "renamed", peerId: peerIdOf("Во"), from: "Sly Newt", to: "Во", animalName: "Sly Newt", imitates: { kind: "person", name: "Bo" } }),
              line("Во", "<p>No, at ten. And bring the money to me.</p>", { text: "No, at ten. And bring the money to me.", imitates: { kind: "person", name: "Bo" } }),
              line("Во", "<p>I mean it.</p>", { text: "I mean it.", imitates: { kind: "person", name: "Bo" } }),
              ours("<p>Which of you is it?</p>", 3, 3),
              line("Bo", "<p></p><div class=\"code\"><pre><code></code></pre></div>", { text: "```\n```" }),
            ]),
          }),
        ],
      },
    }),
  direct: () =>
    inFront("harbour/profile:user-Bo", {
      snapshot: { rooms: [room("harbour", { entries: conversation(), peers: people(), directs: [direct("Bo", { typing: true })] })] },
    }),
  away: () =>
    inFront("harbour/profile:user-Dee", {
      snapshot: {
        rooms: [
          room("harbour", {
            entries: conversation(),
            peers: people(),
            directs: [direct("Dee", { direct: { with: "profile:user-Dee", name: "Dee", peerId: null, animalName: "Calm Crane", imitates: null }, entries: asEntries([
              line("Dee", "<p>See you at the pier, then.</p>"),
              ours("<p>I am there already. Gate four.</p>", 0, 1, { failed: true }),
            ]) })],
          }),
        ],
      },
    }),
  long: () => {
    const word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3);
    const crowd = [peer(word.slice(0, 64), "Unbelievably Extraordinary Hippopotamus"), peer("‮evil‬ name", "Sly Fox")];
    return inFront(word, {
      snapshot: {
        self: me(word.slice(0, 30)),
        rooms: [
          room(word, {
            origin: `https://${"a-very-long-world".repeat(3)}.example`,
            peers: crowd,
            entries: asEntries([
              line(word.slice(0, 64), `<p>${word.repeat(3)}</p>`),
              line(word.slice(0, 64), `<pre><code>${word}</code></pre>`),
              line("‮evil‬ name", `<p><a class="link" target="_blank" href="https://example.com/${word}" rel="noopener noreferrer nofollow">https://example.com/${word}</a></p>`),
              ours(`<p>${word}</p>`, 1, 2),
              line("‮evil‬ name", `<div class="table"><table><thead><tr>${`<th>${word.slice(0, 40)}</th>`.repeat(6)}</tr></thead><tbody></tbody></table></div>`),
            ]),
          }),
        ],
        problems: problems().map((it) => ({ ...it, what: "room" in it.what ? { ...it.what, room: word } : it.what })),
      },
    });
  },
  crowd: () =>
    inFront("harbour", {
      snapshot: {
        rooms: [
          room("harbour", {
            peers: Array.from({ length: 40 }, (_, index) => peer(`Person ${index}`, "Busy Bee", { typing: index < 3 })),
            entries: asEntries(Array.from({ length: 400 }, (_, index) => line(`Person ${index % 7}`, `<p>line ${index}</p>`))),
          }),
        ],
      },
    }),
};

/** @param {string} room or a page, after a slash @param {State} state @returns {State} */
function inFront(room, state) {
  history.replaceState(null, "", `${location.pathname}${location.search}#${room.split("/").map(encodeURIComponent).join("/")}`);
  return state;
}

/** @param {(Line | Notice)[]} all @returns {Entry[]} */
const asEntries = (all) =>
  all.map((it) => ("what" in it ? { kind: "notice", notice: it } : { kind: "line", line: it }));

const link = (/** @type {string} */ url, shown = url) =>
  `<a class="link" target="_blank" href="${url}" rel="noopener noreferrer nofollow">${shown}</a>`;

/** @param {"picture" | "youtube"} kind @param {string} url @param {string} [shown] */
const card = (kind, url, shown = url) =>
  `<a class="link card ${kind === "picture" ? "picture" : "video"}" data-card="${kind}" data-host="${new URL(url).host}" target="_blank" href="${url}" rel="noopener noreferrer nofollow">${shown}</a>`;

/**
 * @param {string} html
 * @param {number} received
 * @param {number} of
 * @param {Partial<import("../../types/ipc.js").Delivery>} [further]
 * @param {Partial<Line>} [rest]
 */
const ours = (html, received, of, further = {}, rest = {}) =>
  line("Ann", html, { own: true, peerId: me().peerId, authorId: me().userId, delivery: delivery(received, of, further), ...rest });

const conversation = () =>
  asEntries([
    line("Dee", "<p>Is the ferry running on Sunday?</p>", { backfilled: true, peerId: "peer-Boxxxxxxxxxxxxx", timeSent: minutesAgo(60 * 26) }),
    line("Bo", "<p>Every two hours, from nine.</p>", { backfilled: true, peerId: "peer-Boxxxxxxxxxxxxx", timeSent: minutesAgo(60 * 25) }),
    notice({ kind: "joined", peerId: peerIdOf("Bo"), name: "Precious Egret" }),
    notice({ kind: "renamed", peerId: peerIdOf("Bo"), from: "Precious Egret", to: "Bo" }),
    line("Bo", "<p>Morning! Did you get the timetable I sent round?</p>"),
    line("Bo", `<p>It is also at ${link("https://harbour.example/timetable", "the harbour’s page")}, but they change it without telling anyone.</p>`),
    ours("<p>Yes, thank you. I made a <strong>short list</strong>:</p><ul><li>09:00 out, 16:30 back</li><li>bring the <em>red</em> bag</li><li>call Dee from the pier</li></ul>", 2, 2),
    ours("<p>Anything missing?</p>", 1, 2),
    line("Sly Fox", "<p>The 16:30 is full, I just tried. There is one at 18:30.</p>", { authorId: "user-fox" }),
    line("Patient Otter", "<p>I am Bo’s brother, honest.</p>", { misattributed: true }),
    notice({ kind: "lost", name: "Patient Otter" }),
    line("Bo", "<p>Then the late one it is. Run this before you leave, it books for three:</p><pre><code>ferry book --date sunday \\\n  --from pier --seats 3\n</code></pre>"),
    ours("<p>Booked.</p>", 2, 2),
  ]);

const THUMBNAIL = `data:image/png;base64,${PICTURE}`;

/** Files that are offered, coming, and going. */
const shared = () =>
  asEntries([
    line("Bo", "", { share: share("The crossing, whole and uncut, filmed from the upper deck.mkv", { kind: "video", size: 1_420_000_000, thumbnail: THUMBNAIL, holders: ["Sly Fox"] }) }),
    line("Bo", "", { share: share("timetable.pdf", { size: 182_000 }) }),
    line("Sly Fox", "", { authorId: "user-fox", share: share("Harbour songs", { kind: "folder", files: 23, size: 184_000_000, holders: ["Sly Fox", "Bo"], moreHolders: 3 }) }),
    line("Bo", "", { share: share("slow boat.png", { kind: "image", size: 2_400_000, thumbnail: THUMBNAIL }) }),
    ours("", 2, 2, {}, { share: share("list of what to bring.txt", { size: 2_300, holders: ["Bo"] }) }),
    line("Bo", "", { share: share("horn.ogg", { kind: "audio", size: 420_000 }) }),
    line("Bo", "", { share: share("later.zip", { size: 92_000_000 }) }),
    ours("", 2, 2, {}, { share: share("pictures", { kind: "folder", files: 214, size: 900_000_000 }) }),
  ]);

const moving = () => [
  transfer("The crossing, whole and uncut, filmed from the upper deck.mkv", { kind: "video", have: 604_000_000, total: 1_420_000_000, speed: 11_400_000, leftMs: 71_500, peers: 2 }),
  transfer("Harbour songs", {
    kind: "folder", state: "done", have: 184_000_000, total: 184_000_000,
    files: Array.from({ length: 23 }, (_, index) => file(`Harbour songs/${index + 1} The ferryman.mp3`, { index, size: 8_000_000, kind: "audio", pathShown: `Harbour songs/${index + 1} The ferryman.mp3` })),
  }),
  transfer("later.zip", { have: 12_000_000, total: 92_000_000, stalled: true, peers: 0 }),
  transfer("list of what to bring.txt", { own: true, state: "giving", have: 2_300, total: 2_300, peers: 0 }),
  transfer("pictures", { own: true, state: "giving", kind: "folder", have: 900_000_000, total: 900_000_000, peers: 2, speed: 21_000_000 }),
  transfer("film for Sunday.mkv", { own: true, state: "preparing", kind: "video", have: 210_000_000, total: 700_000_000, speed: 320_000_000, leftMs: 1_500 }),
  transfer("minutes.odt", { room: "den", state: "paused", have: 80_000, total: 120_000 }),
];

const sharedBefore = () =>
  asEntries([
    line("Mallory", "", { authorId: "user-Mallory", share: share("photo\u202Egnp.exe", { size: 90_000, plain: true, thumbnail: THUMBNAIL }) }),
    line("Mallory", "", { authorId: "user-Mallory", share: share(`${"Donaudampfschifffahrtsgesellschaftskapitän".repeat(5)}.jpeg`, { kind: "image", plain: true, thumbnail: THUMBNAIL, size: 1_000 }) }),
    line("Bo", "", { share: share("setup.exe", { size: 8_000_000 }) }),
    line("Bo", "", { share: share("old notes.txt", { gone: true }) }),
    line("Bo", "", { share: share("taken back.txt", { withdrawn: true }) }),
    line("Bo", "", { share: share("taken back.iso", { withdrawn: true, size: 9_000_000 }) }),
    line("Bo", "", { share: share("big film.mkv", { kind: "video", size: 9_000_000_000 }) }),
    line("Bo", "", { share: share("damaged.iso", { size: 700_000_000 }) }),
    line("Bo", "", { share: share("mystery", { files: null, size: null }) }),
    ours("", 2, 2, {}, { share: share("no more.txt", { withdrawn: true }) }),
    line("Bo", "", { share: share("report.pdf", { size: 640_000 }) }),
    line("שרה", "", { share: share("תמונה מהנמל ביום ראשון בבוקר.jpg", { kind: "image", size: 640_000 }) }),
  ]);

const endings = () => [
  transfer("setup.exe", { state: "done", have: 8_000_000, total: 8_000_000, files: [file("setup.exe", { runs: true, pathShown: "setup (2).exe" })] }),
  transfer("big film.mkv", { state: "failed", kind: "video", total: 9_000_000_000, have: 0, reason: { kind: "noRoom", needed: 9_000_000_000, spare: 268_435_456, free: 1_200_000_000 } }),
  transfer("damaged.iso", { state: "failed", total: 700_000_000, have: 0, reason: { kind: "wrongHash" } }),
  transfer("taken back.iso", { state: "withdrawn", have: 3_000_000, total: 9_000_000 }),
  transfer("mystery", { state: "waiting", total: null, have: 0, files: [] }),
  transfer("report.pdf", { state: "done", have: 640_000, total: 640_000, files: [file("report.pdf", { pathShown: "report.pdf" })] }),
  transfer("broken disk.bin", { own: true, state: "failed", total: 5_000_000, have: 1_000, reason: { kind: "cannotRead" } }),
];

/** Everything a line can be. */
const talk = () => {
  const question = line("Bo", "<p>Shall we take the nine o’clock boat? <span class=\"mention\">@Sly Fox</span> you know the captain.</p>", {
    text: "Shall we take the nine o’clock boat? @Sly Fox you know the captain.",
    reactions: [
      { emoji: "👍", names: ["Ann", "Sly Fox"], own: true },
      { emoji: "⛴️", names: ["Mallory"], own: false },
    ],
  });
  const all = Array.from({ length: 14 }, (_, index) => `${index + 1}. Bring what is on the list, and one thing that is not on it but that you would miss.`);
  return asEntries([
    notice({ kind: "joined", peerId: peerIdOf("Bo"), name: "Precious Egret" }),
    line("Dee", "<p>Is the ferry running on Sunday?</p>", { backfilled: true, peerId: "peer-Boxxxxxxxxxxxxx", timeSent: minutesAgo(60 * 26) }),
    question,
    line("Sly Fox", "<p>I do. He owes me one.</p>", { authorId: "user-fox", text: "I do. He owes me one.", reply: { key: question.key, author: "Bo", excerpt: "Shall we take the nine o’clock boat? @Sly Fox you know the captain.", gone: false }, edited: true }),
    ours("<p>Then nine it is. I wrote it down.</p>", 2, 2, {}, { text: "Then nine it is. I wrote it down.", edited: true, reactions: [{ emoji: "🎉", names: ["Bo", "Sly Fox", "Mallory"], own: false }] }),
    line("Mallory", "", { deleted: true, authorId: "user-Mallory" }),
    notice({ kind: "slowed", name: "Mallory" }),
    ...Array.from({ length: 12 }, (_, index) => line("Mallory", `<p>BUY SHELLS ${index}</p>`, { folded: "flood" })),
    line("Bo", `<p>${all.join("<br>")}</p>`, { text: `${all.join("\n")}${" ".repeat(1_400)}` }),
    ours("<p>And a towel, the captain says.</p>", 1, 3, {}, { text: "And a towel, the captain says." }),
    ours("<p>Who brings the dog?</p>", 1, 3, { failed: true, reached: 1 }, { text: "Who brings the dog?" }),
    line("Bo", `<p>The pier, from the water: ${card("picture", "https://pictures.example/pier.png")}</p>`, { text: "The pier" }),
    line("Bo", `<p>${card("youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")}</p><div class="code" data-language="Rust"><pre><code><span class="hl-comment">// How long it takes.</span>\n<span class="hl-keyword">fn</span> <span class="hl-function">crossing</span>(wind: <span class="hl-type">f64</span>) -&gt; <span class="hl-type">f64</span> {\n    <span class="hl-number">42.0</span> / wind\n}\n</code></pre></div>`, { text: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" }),
    line("Sly Fox", "<p><span class=\"mention mention-me\">@Ann</span> the dog comes with you, I hope?</p>", { authorId: "user-fox", text: "@Ann the dog comes with you, I hope?", mentionsMe: true }),
    line("Bo", "<p>She never leaves the dog.</p>", { text: "She never leaves the dog." }),
  ]);
};

/** @returns {Peer[]} of whom one should beware */
const strangers = () => [
  peer("Во", "Sly Newt", { verified: false, verification: "unverified", imitates: { kind: "person", name: "Bo" } }),
  peer("Eve", "Eager Heron", { keyChanged: true }),
  peer("Dot", "Dapper Dove", { native: true, verified: false, verification: "unverified", proof: "missing" }),
  peer("Gus", "Grumpy Goat", { standing: "muted", slowed: true }),
];

/** @param {string} name @param {Partial<import("../../types/ipc.js").DirectTalk>} [rest] @returns {import("../../types/ipc.js").DirectTalk} */
const direct = (name, rest = {}) => ({
  direct: { with: `profile:user-${name}`, name, peerId: peerIdOf(name), animalName: `${name} Egret`, imitates: null },
  entries: asEntries([
    line(name, "<p>Between us: is the late boat really full?</p>", { text: "Between us: is the late boat really full?" }),
    ours("<p>No. But the early one has the better breakfast.</p>", 1, 1, {}, { text: "No. But the early one has the better breakfast." }),
    line(name, "<p>I knew it.</p>", { text: "I knew it.", reactions: [{ emoji: "😂", names: ["Ann"], own: true }] }),
  ]),
  unread: { lines: 0, mentions: 0 },
  typing: false,
  ...rest,
});

const markdown = () =>
  asEntries([
    line("Bo", "<h3>A heading</h3><p>and <strong>bold</strong>, <em>italic</em>, <del>gone</del>, <code>code</code>,<br>on two lines</p><h4>Smaller</h4><blockquote><p>Somebody said this</p><blockquote><p>and that</p></blockquote></blockquote><hr><ol start=\"3\"><li>three</li><li>four<ul><li>inner</li></ul></li></ol>"),
    line("Bo", "<ul><li><span class=\"task\">☑</span> done</li><li><span class=\"task\">☐</span> to do</li></ul><div class=\"table\"><table><thead><tr><th>Ferry</th><th class=\"right\">Seats</th><th class=\"center\">Note</th></tr></thead><tbody><tr><td>09:00</td><td class=\"right\">120</td><td class=\"center\">-</td></tr><tr><td>11:00</td><td class=\"right\">8</td><td class=\"center\">small</td></tr></tbody></table></div>"),
    ours(`<h3>Mine</h3><p>with ${link("https://example.com/")} and <code>code</code></p><blockquote><p>quoted</p></blockquote><pre><code>let x = 1;\n</code></pre>`, 0, 2),
    line("Bo", `<p>A picture: ${card("picture", "https://example.com/cat.png", "a cat")}</p><p>שלום עולם, זה מימין לשמאל</p>`),
  ]);

/** @returns {Peer[]} */
const people = () => [
  peer("Bo", "Precious Egret"),
  peer("Sly Fox", "Sly Fox", { native: true, path: "relayed", userId: "user-fox" }),
  peer("Mallory", "Patient Otter", { verified: false, verification: "unverified" }),
  peer("k3J9…", "", { verified: false, verification: "unidentified", userId: null, customName: "", path: "unknown" }),
];

/** @returns {import("../../types/ipc.js").Problem[]} */
const problems = () => [
  { id: 1, time: minutesAgo(9), what: { kind: "cutOff", room: "harbour", name: "Mallory", offence: "oversized" } },
  { id: 2, time: minutesAgo(5), what: { kind: "unconnectable", room: "harbour" } },
  { id: 3, time: minutesAgo(1), what: { kind: "otherPassword", room: "harbour", met: false } },
];
