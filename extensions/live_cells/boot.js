/** Start Python in a worker or, to make the memory of a started one, in Node. */

import { layout, record, replay } from "./libraries.js";
import { quicken } from "./loops.js";

const OPTIONS = { env: { HOME: "/home/reader", MPLBACKEND: "agg", PYTHONHASHSEED: "0" } };
const BLOCK = 512;

class OtherLayoutError extends Error {}

/** Walk through a tar archive: yields [path, bytes], the bytes being views of the archive. */
function* entries(archive) {
  const text = (from, length) =>
    new TextDecoder().decode(archive.subarray(from, from + length)).replace(/\0.*$/s, "");
  for (let at = 0; archive[at]; ) {
    const prefix = text(at + 345, 155);
    const size = parseInt(text(at + 124, 12), 8);
    yield [`/${prefix && prefix + "/"}${text(at, 100)}`, archive.subarray(at + BLOCK, at + BLOCK + size)];
    at += BLOCK * (1 + Math.ceil(size / BLOCK));
  }
}

/** Put the archive's files where Python finds them, without copying them. */
function unpack(FS, archive) {
  const made = new Set();
  for (const [path, bytes] of entries(archive)) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!made.has(folder)) FS.mkdirTree(folder);
    made.add(folder);
    FS.writeFile(path, bytes, { canOwn: true });
  }
}

/** Run `prepare(module)` between the making of Emscripten's module and Python's first word. */
function whenMade(prepare, change = () => {}) {
  const create = globalThis._createPyodideModule;
  globalThis._createPyodideModule = async (settings) => {
    globalThis._createPyodideModule = create;
    change(settings);
    const module = await create(settings);
    await prepare(module);
    return module;
  };
}

/**
 * Start afresh and import what pages import.
 *
 * @returns Python, its memory, and what `restore` needs to know of it
 */
export async function start(loadPyodide, options, archive, imports) {
  let module;
  let libraries;
  whenMade(
    (made) => (module = made),
    (settings) => (libraries = record(settings, () => module)),
  );
  const python = await loadPyodide({ ...OPTIONS, ...options, _makeSnapshot: true });
  unpack(module.FS, archive); // not before: Pyodide would keep a list of the packages in JavaScript
  python.runPython(imports);
  return { python, memory: python.makeMemorySnapshot(), libraries, layout: layout(module) };
}

/** Compile the libraries that are in the memory. */
async function compile(archive, libraries) {
  const wanted = new Set(libraries.map((event) => event.library));
  const found = [...entries(archive)].filter(([path]) => wanted.has(path));
  const compiled = found.map(async ([path, bytes]) => [path, await WebAssembly.compile(bytes)]);
  return new Map(await Promise.all(compiled));
}

async function fromMemory(loadPyodide, options, files, manifest) {
  const memory = files["memory.bin"];
  const compiling = compile(files["packages.tar"], manifest.libraries);
  whenMade(async (module) => {
    unpack(module.FS, files["packages.tar"]);
    const header = new Uint32Array(memory.buffer, memory.byteOffset, 2)[1];
    module.HEAP8.set(memory.subarray(header));
    replay(module, manifest.libraries, await compiling);
    if (layout(module) !== manifest.layout) throw new OtherLayoutError();
  });
  return loadPyodide({ ...options, _loadSnapshot: memory });
}

/**
 * Start from the memory; where the engine lays out its tables in another way, start afresh.
 *
 * @param files the contents of the runtime's files, unpacked, by name
 * @param manifest what `start` said of the memory: `libraries` and `layout`
 */
export async function restore(loadPyodide, options, files, manifest) {
  const all = { ...OPTIONS, ...options };
  let python;
  try {
    python = await fromMemory(loadPyodide, all, files, manifest);
  } catch (error) {
    if (!(error instanceof OtherLayoutError)) throw error;
    python = await loadPyodide(all);
    unpack(python.FS, files["packages.tar"]);
  }
  quicken(python, files["loops.wasm"]);
  return python;
}
