/**
 * Files as Chitchatter moves them: by the published libraries it uses, set up as it sets them up.
 * Only what was fetched goes another way: there is no outside page here that could save it, so it is
 * handed over piece by piece.
 */
import { FileTransfer } from "secure-file-transfer";

/** How much is handed over at once. */
const BATCH = 4 * 1024 * 1024;

/** One for each list of trackers. */
const transfers = new Map();

const over = (trackers) => {
  const key = trackers.join(" ");
  if (!transfers.has(key)) {
    // In a private window there is no database; then pieces are held in memory.
    const store = window.isPrivate ? { store: undefined } : {};
    const transfer = new FileTransfer({
      torrentOpts: { announce: trackers, ...store },
      webtorrentInstanceOpts: { tracker: { rtcConfig: { iceServers: [] } } },
    });
    transfers.set(key, transfer);
  }
  return transfers.get(key);
};

/** Locks files with the room's key and gives them to whoever asks; resolves to the magnet link. */
export const give = (room, trackers, files) => over(trackers).offer(files, room);

/** Gives them no longer. */
export const withhold = (trackers, magnet) => over(trackers).rescind(magnet);

/**
 * Fetches and unlocks all files behind a magnet link, and hands each over with `save`. Resolves to
 * their names, and to how long it took until all had come, in milliseconds.
 */
export const take = async (room, trackers, magnet, save) => {
  const start = performance.now();
  const files = await over(trackers).download(magnet, room);
  const took = performance.now() - start;
  for (const [index, file] of files.entries()) {
    let parts = [];
    let size = 0;
    for await (const part of file.createReadStream()) {
      parts.push(part);
      size += part.length;
      if (size >= BATCH) {
        await save(index, new Blob(parts));
        parts = [];
        size = 0;
      }
    }
    await save(index, new Blob(parts));
  }
  return { took, names: files.map((file) => file.name) };
};
