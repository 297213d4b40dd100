/** The reader's own Jupyter server: found, asked, and a sentence for whatever is in the way. */

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** The command that starts a server for this site's pages. */
export function command() {
  return `make connect ORIGIN=${location.origin}`;
}

/**
 * Read what the reader pasted, also a whole address as Jupyter prints it, with the token in it.
 *
 * @returns {{address: string, token: string}}
 */
export function readAddress(text, token = "") {
  let url;
  try {
    url = new URL(text.includes("://") ? text.trim() : `http://${text.trim()}`);
  } catch {
    throw new Error(`“${text}” is no address: one such as http://127.0.0.1:8899 is needed.`);
  }
  if (!LOOPBACK.includes(url.hostname) || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `“${text}” is not on this computer: ` +
        "for safety a page connects to 127.0.0.1 or localhost alone.",
    );
  }
  const path = url.pathname.replace(/\/(lab|tree|notebooks)(\/.*)?$|\/+$/, "");
  return { address: url.origin + path, token: token.trim() || url.searchParams.get("token") || "" };
}

/** Whether the browser itself keeps public pages from reaching this computer. */
async function isForbidden() {
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      if ((await navigator.permissions.query({ name })).state === "denied") return true;
    } catch {
      // This browser has no such permission.
    }
  }
  return false;
}

export class JupyterServer {
  constructor(url, token) {
    Object.assign(this, readAddress(url, token));
  }

  /** One request with the token, which no redirection takes elsewhere. */
  request(path, method, options = {}) {
    return fetch(`${this.address}/api/${path}`, {
      method,
      headers: { Authorization: `token ${this.token}` },
      credentials: "omit",
      redirect: "error",
      ...options,
    });
  }

  /** Make sure that Jupyter answers here, before it is shown the token. */
  async find() {
    let answer;
    try {
      answer = await fetch(`${this.address}/api`, { credentials: "omit" });
    } catch {
      throw new Error(await this.whyUnheard());
    }
    const about = await answer.json().catch(() => null);
    if (!about?.version) throw new Error(`What answers at ${this.address} is no Jupyter server.`);
  }

  /** Tell apart what browsers call a network failure all the same. */
  async whyUnheard() {
    if (await isForbidden()) {
      return (
        "Your browser keeps this page from reaching your own computer: " +
        "allow it in the browser's settings for this site."
      );
    }
    // An answer that pages of this site may not read can still be noticed.
    const settings = { credentials: "omit", mode: "no-cors" };
    const answer = await fetch(`${this.address}/api`, settings).catch(() => null);
    return answer
      ? `The server at ${this.address} does not answer pages of this site: ` +
          `start it with \`${command()}\`.`
      : `No server answers at ${this.address}: start one with \`${command()}\`.`;
  }

  /** Start a kernel in a folder below the server's own and return its id. */
  async startKernel(folder) {
    const body = JSON.stringify({ path: folder });
    // Jupyter's refusals may lack the header without which a page sees no answer at all.
    const answer = await this.request("kernels", "POST", { body }).catch(() => null);
    if (!answer || [401, 403].includes(answer.status)) {
      throw new Error(`The server at ${this.address} refuses the token: copy it anew.`);
    }
    const about = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      const why = about.message || answer.status;
      throw new Error(`The server at ${this.address} could not start a kernel: ${why}`);
    }
    return about.id;
  }

  /** End a kernel, even if the page goes away meanwhile. */
  endKernel(id) {
    this.request(`kernels/${id}`, "DELETE", { keepalive: true }).catch(() => {});
  }

  /** Open a kernel's WebSocket. */
  open(id, session) {
    // A browser sets no headers on a WebSocket, so Jupyter takes the token from the query.
    const query = new URLSearchParams({ session_id: session, token: this.token });
    return new WebSocket(
      `${this.address.replace(/^http/, "ws")}/api/kernels/${id}/channels?${query}`,
    );
  }
}
