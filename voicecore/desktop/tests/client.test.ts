import { expect, test } from "vitest";
import { ApiClient, ApiError } from "../src/api/client";

const SESSION = { role: "agent", name: "a", csrf: "token-of-session", expires_at: null };

function client(answer: (path: string, options: RequestInit) => Response) {
  const asked: { path: string; options: RequestInit }[] = [];
  const api = new ApiClient(async (path, options) => {
    asked.push({ path, options });
    return answer(path, options);
  });
  return { api, asked };
}

test("what changes something carries the session's token, what reads does not", async () => {
  const { api, asked } = client(() => Response.json(SESSION));
  await api.signIn("secret");
  await api.phoneCredentials("web-1").catch(() => undefined);
  await api.configuration().catch(() => undefined);
  const tokens = asked.map(({ options }) => (options.headers as Record<string, string>)["X-CSRF-Token"]);
  expect(tokens).toEqual([undefined, "token-of-session", undefined]);
  expect(asked[1]?.options.body).toBe('{"account":"web-1"}');
});

test("a problem becomes an error with its status and words", async () => {
  const { api } = client(() => Response.json({ detail: "Too many." }, { status: 429 }));
  await expect(api.signIn("x")).rejects.toEqual(new ApiError(429, "Too many."));
  const silent = new ApiClient(() => Promise.reject(new TypeError("no network")));
  await expect(silent.configuration()).rejects.toMatchObject({ status: 0 });
});

test("ids stay inside their part of the path", () => {
  const { api } = client(() => Response.json({}));
  expect(api.recordingUrl("a/b", "?")).toBe("/api/v1/calls/a%2Fb/recordings/%3F");
});
