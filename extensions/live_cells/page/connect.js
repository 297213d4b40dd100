/** Asks for the reader's own Jupyter server and puts the page's cells on it. */

import { element } from "./dom.js";
import { JupyterKernel } from "./jupyter_kernel.js";
import { command } from "./jupyter_server.js";

const KEPT = "live-cells server";

/** The server that this tab was connected to, as {url, token}: readers go from page to page. */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function keep(server) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(server));
  } catch {
    // storage is refused: the next page asks again
  }
}

const field = (label, properties) =>
  element("label", {}, `${label} `, element("input", { required: true, ...properties }));

/** @param {import("./page.js").Page} page */
export function askForServer(page) {
  const { bar } = page;
  const open = bar.querySelector("form");
  if (open) {
    open.querySelector("input").focus();
    return;
  }
  const { url = "http://127.0.0.1:8899", token = "" } = kept();
  // Not required: an address as Jupyter prints it has the token in it.
  const secret = { name: "token", type: "password", autocomplete: "off", required: false };
  const submit = element("button", { className: "live-button" }, "Connect");
  const problem = element("p", { className: "live-problem" });
  problem.setAttribute("role", "alert");
  const form = element(
    "form",
    { className: "live-connect" },
    element(
      "p",
      {},
      "In your copy of the book start the server, which shows an address and a token: ",
      element("code", {}, command()),
    ),
    field("Address", { name: "url", inputMode: "url", value: url }),
    field("Token", { ...secret, value: token }),
    submit,
    problem,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const server = Object.fromEntries(new FormData(form));
    problem.textContent = "";
    submit.disabled = true;
    try {
      await page.use((settings) => new JupyterKernel({ ...settings, ...server }));
      keep(server);
      form.remove();
      page.say("The cells of this page run on your own Jupyter server.");
    } catch (error) {
      problem.textContent = error.message;
    }
    submit.disabled = false;
  });
  bar.append(form);
  form.querySelector("[name=token]").focus();
}
