export class JupyterKernel {
  async start() { throw new Error("not yet"); }
}
