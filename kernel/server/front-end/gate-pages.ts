/** Pages of the gate: one for who brings no token, one that takes the token out of the address. */
import type { IncomingMessage } from "node:http";
import { escape } from "html-escaper";
import type { Answer } from "../http/router.js";

/**
 * Gives the cookie and goes on to the address without the token, so that it stays in no history. A redirect would not do:
 * a browser that came from a file or from another site keeps a strict cookie back until one of our pages asks.
 */
export function welcomePage(address: string, cookie: string): Answer {
  return page(200, address, `<p><a href="${escape(address)}">Open chainrule</a></p>`, {
    "Set-Cookie": cookie,
  });
}

/** Asks for the token. A browser that followed a link of another site is first asked to come again by itself. */
export function refusalPage({ headers, url = "/" }: IncomingMessage): Answer {
  if (headers["sec-fetch-site"] === "cross-site") return page(200, url, "<p>One moment.</p>");
  return page(
    403,
    undefined,
    `<h1>chainrule</h1>
<p>Open the address that <code>chainrule lab</code> printed: it carries a token. Or give the token here.</p>
<form method="get"><label>Token <input name="token" type="password" autofocus></label> <button>Open</button></form>`,
  );
}

function page(
  status: number,
  next: string | undefined,
  body: string,
  headers: Record<string, string> = {},
): Answer {
  const refresh = next === undefined ? "" : `\n<meta http-equiv="refresh" content="0; url=${escape(next)}">`;
  return {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy":
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'self'",
      ...headers,
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">${refresh}
<title>chainrule</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }</style>
</head>
<body>
${body}
</body>
</html>
`,
  };
}
