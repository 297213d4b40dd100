/** Fetch the runtime's files: with progress in bytes, checked, and kept for the next time. */

const CACHE = "dlbook-live-";

/** Open this runtime's store and forget those of older ones; without storage, do without. */
async function openCache(folder) {
  try {
    for (const name of await caches.keys()) {
      if (name.startsWith(CACHE) && name !== CACHE + folder) await caches.delete(name);
    }
    return await caches.open(CACHE + folder);
  } catch {
    return { match: async () => undefined, put: async () => {}, delete: async () => {} };
  }
}

async function sha256(bytes) {
  // Browsers offer hashes on secure origins only: elsewhere gzip's own checksum has to do.
  if (!globalThis.crypto?.subtle) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Read a whole response, telling how many bytes came. */
async function read(response, onBytes) {
  const parts = [];
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    onBytes(value.length);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function one(url, file, cache, onBytes) {
  const kept = await cache.match(url);
  let response = kept;
  if (!kept) {
    try {
      response = await fetch(url);
    } catch {
      throw new Error(`The file ${file.name} could not be fetched: is the network away?`);
    }
    if (!response.ok) {
      throw new Error(`The file ${file.name} is missing on this site (${response.status}).`);
    }
  }
  let bytes;
  try {
    bytes = await read(response, onBytes);
  } catch {
    throw new Error(`The download of ${file.name} broke off: is the network away?`);
  }
  const found = await sha256(bytes);
  if (bytes.length !== file.size || (found && found !== file.sha256)) {
    await cache.delete(url);
    throw new Error(`The file ${file.name} is damaged: it is not the one that the book was built with.`);
  }
  if (!kept) {
    // In the background; a full or forbidden store only means another download next time.
    cache.put(url, new Response(bytes)).catch(() => {});
  }
  return bytes;
}

async function gunzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Fetch all files of a manifest, side by side.
 *
 * @param {string} base where the manifest lies
 * @param {object} manifest what runtime.py wrote
 * @param {function} onProgress called with {loaded, total, what}, in bytes
 * @returns {Promise<Object<string, Uint8Array>>} their contents by name, unpacked
 */
export async function download(base, manifest, onProgress) {
  const cache = await openCache(manifest.folder);
  const total = manifest.files.reduce((sum, file) => sum + file.size, 0);
  const waiting = new Set(manifest.files.map((file) => file.what));
  let loaded = 0;
  const say = () => onProgress({ loaded, total, what: [...waiting].join(", ") });
  const contents = {};
  await Promise.all(
    manifest.files.map(async (file) => {
      const url = `${base}${manifest.folder}/${file.name}`;
      const bytes = await one(url, file, cache, (count) => {
        loaded += count;
        say();
      });
      const [name, packed] = file.name.split(/\.(gz)$/);
      contents[name] = packed ? await gunzip(bytes) : bytes;
      waiting.delete(file.what);
      say();
    }),
  );
  return contents;
}
