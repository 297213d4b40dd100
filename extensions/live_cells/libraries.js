/**
 * Compiled extension modules across a memory snapshot.
 *
 * A snapshot holds the memory of a started interpreter, but not the functions of the extension
 * modules (NumPy's, Matplotlib's) that its memory points to. So the builder notes every library
 * and symbol that was loaded, and whoever restores the snapshot loads the same ones in the same
 * order: each lands at the same place of memory and of the function table.
 */

const HANDLE = { flags: 4, name: 36 }; // offsets in musl's struct dso, as Emscripten lays it out
const GLOBAL = 256;
const NODELETE = 4096;

/** Note what is loaded, from now on: returns the list that grows. */
export function record(settings, getModule) {
  const events = [];
  const instantiate = settings.instantiateWasm;
  settings.instantiateWasm = (imports, done) => {
    const { _dlopen_js: open, _dlsym_js: find } = imports.env;
    imports.env._dlopen_js = (handle) => {
      const module = getModule();
      const library = module.UTF8ToString(handle + HANDLE.name);
      events.push({ handle, library, flags: module.HEAP32[(handle + HANDLE.flags) >> 2] });
      return open(handle);
    };
    imports.env._dlsym_js = (handle, symbol, index) => {
      events.push({ handle, symbol: getModule().UTF8ToString(symbol) });
      return find(handle, symbol, index);
    };
    return instantiate(imports, done);
  };
  return events;
}

/**
 * Load again what was noted, into memory that already holds the snapshot.
 *
 * Loading writes each library's own start values over that memory: restore it once more afterwards.
 */
export function replay(module, events, compiled) {
  for (const { handle, library, flags, symbol } of events) {
    if (symbol !== undefined) {
      const found = module.LDSO.loadedLibsByHandle[handle].exports[symbol];
      if (typeof found === "function") module.addFunction(found, found.sig);
      continue;
    }
    const global = Boolean(flags & GLOBAL);
    const nodelete = Boolean(flags & NODELETE);
    const scope = global ? null : {};
    const entry = module.newDSO(library, handle, "loading");
    Object.assign(entry, { refcount: nodelete ? Infinity : 1, global });
    entry.exports = module.loadWebAssemblyModule(
      compiled.get(library), { global, nodelete }, library, scope, handle,
    );
    if (global) module.mergeLibSymbols(entry.exports, library);
  }
}

/** A fingerprint of what must be equal after a replay: sizes, and every symbol's address. */
export function layout(module) {
  const addresses = Object.entries(module.GOT).map(([name, entry]) => `${name}=${entry.value}`);
  const text = [module.HEAP8.length, module.wasmTable.length, ...addresses].join();
  let hash = 5381;
  for (let i = 0; i < text.length; i++) hash = ((hash * 33) ^ text.charCodeAt(i)) >>> 0;
  return hash.toString(16);
}
