/** Asks for the reader's own Jupyter server and puts the page's cells on it. */

import { element } from "./dom.js";
import { JupyterKernel } from "./jupyter_kernel.js";

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
      element("code", {}, `make connect ORIGIN=${location.origin}`),
    ),
    field("Address", { name: "url", type: "url", value: "http://localhost:8888" }),
    field("Token", { name: "token", type: "password", autocomplete: "off" }),
    submit,
    problem,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { url, token } = Object.fromEntries(new FormData(form));
    problem.textContent = "";
    submit.disabled = true;
    try {
      await page.use((settings) => new JupyterKernel({ ...settings, url, token }));
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
