/** Start Python in a worker or, to make the snapshot, in Node: files, libraries, memory. */

import { layout, record, replay } from "./libraries.js";

const OPTIONS = {
  env: { HOME: "/home/reader", MPLBACKEND: "agg", PYTHONHASHSEED: "0" },
  // Where pyodide.js would look for packages to load: all of them are in the archive.
  packageCacheDir: undefined,
};
const BLOCK = 512;

/** Walk through a tar archive: yields [path, bytes], the bytes being views of the archive. */
export function* files(archive) {
  const text = (from, length) =>
    new TextDecoder().decode(archive.subarray(from, from + length)).replace(/\0.*$/s, "");
  for (let at = 0; archive[at]; ) {
    const prefix = text(at + 345, 155);
    const size = parseInt(text(at + 124, 12), 8);
    const path = `${prefix && prefix + "/"}${text(at, 100)}`;
    yield [`/${path}`, archive.subarray(at + BLOCK, at + BLOCK + size)];
    at += BLOCK * (1 + Math.ceil(size / BLOCK));
  }
}

/** Put the archive's files where Python finds them, without copying them. */
function unpack(FS, archive) {
  const made = new Set();
  for (const [path, bytes] of files(archive)) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!made.has(folder)) FS.mkdirTree(folder);
    made.add(folder);
    FS.writeFile(path, bytes, { canOwn: true });
  }
}

/** Run `prepare(module)` between the making of Emscripten's module and Python's first word. */
function whenMade(prepare, settings = () => {}) {
  const create = globalThis._createPyodideModule;
  globalThis._createPyodideModule = async (given) => {
    globalThis._createPyodideModule = create;
    settings(given);
    const module = await create(given);
    await prepare(module);
    return module;
  };
}

/** Start afresh and import what pages import: returns it, its memory and its libraries. */
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
  const memory = python.makeMemorySnapshot();
  return { python, memory, libraries, layout: layout(module) };
}

/** Start from a memory: returns Python and, for who made the memory, its layout. */
export async function restore(loadPyodide, options, archive, memory, libraries) {
  const wanted = new Set(libraries.map((event) => event.library));
  const compiled = new Map();
  const compiling = [];
  for (const [path, bytes] of files(archive)) {
    if (!wanted.has(path)) continue;
    compiling.push(WebAssembly.compile(bytes).then((library) => compiled.set(path, library)));
  }
  let module;
  whenMade(async (made) => {
    module = made;
    unpack(module.FS, archive);
    await Promise.all(compiling);
    const header = new Uint32Array(memory.buffer, memory.byteOffset, 2)[1];
    module.HEAP8.set(memory.subarray(header));
    replay(module, libraries, compiled);
  });
  const python = await loadPyodide({ ...OPTIONS, ...options, _loadSnapshot: memory });
  return { python, layout: () => layout(module) };
}
