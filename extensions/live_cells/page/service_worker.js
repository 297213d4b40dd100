/**
 * Isolates pages, for hosts that cannot send headers.
 *
 * Only a page that is isolated may share memory with its worker, and only through shared memory
 * can a running cell be interrupted without losing its variables. Everything of the book comes
 * from its own host, so isolation takes nothing away. Nothing is stored here.
 */

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== self.location.origin) return;
  const concerns = request.mode === "navigate" || request.destination === "worker";
  if (!concerns) return;
  event.respondWith(isolated(request));
});

async function isolated(request) {
  const response = await fetch(request);
  if (response.type === "opaqueredirect" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
