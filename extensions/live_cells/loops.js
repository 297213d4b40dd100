/** Give NumPy the inner loops of loops.wat. */

const REPLACE = `
import ctypes
import numpy
from numpy._core._multiarray_umath import _UFUNC_API

capsule = ctypes.pythonapi.PyCapsule_GetPointer
capsule.restype, capsule.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
functions = ctypes.cast(capsule(_UFUNC_API, None), ctypes.POINTER(ctypes.c_void_p))
arguments = [ctypes.py_object] + 3 * [ctypes.c_void_p]
replace = ctypes.PYFUNCTYPE(ctypes.c_int, *arguments)(functions[30])  # PyUFunc_ReplaceLoopBySignature
numbers = {"f64": numpy.dtype("float64").num, "f32": numpy.dtype("float32").num}
old = ctypes.c_void_p()
for name, loop in loops.items():
    function, number = name.split()
    function = getattr(numpy, function)
    types = (ctypes.c_int * function.nargs)(*function.nargs * [numbers[number]])
    if replace(function, loop, ctypes.byref(types), ctypes.byref(old)):
        raise RuntimeError(f"NumPy has no loop of {name}")
`;

/** Replace NumPy's loops by functions that share Python's memory. */
export function quicken(python, bytes) {
  const module = python._module;
  const { memory } = module.LDSO.loadedLibsByName.__main__.exports;
  let room = 0;
  let address = 0;
  const reserve = (size) => {
    if (size > room) {
      module._PyMem_RawFree(address);
      address = module._PyMem_RawMalloc(size);
      room = size;
    }
    return address;
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, reserve } });
  const loops = Object.entries(instance.exports).map(([name, loop]) => [name, module.addFunction(loop)]);
  const globals = python.toPy({ loops: Object.fromEntries(loops) });
  python.runPython(REPLACE, { globals });
  globals.destroy();
}
