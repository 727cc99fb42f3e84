import assert from "node:assert/strict";
import { test } from "node:test";

import { destination } from "../lib/address.js";

test("a link leads where its address says, not where its text says", () => {
  const to = destination("https://evil.example/login", "https://bank.example/login");
  assert.deepEqual(to, { kind: "web", host: "evil.example", encrypted: true, disguised: false, different: true });
});

test("a text that is no address claims nothing", () => {
  assert.equal(destination("https://example.com/", "click here")?.different, false);
  assert.equal(destination("https://example.com/", "v1.2 notes are here")?.different, false);
  assert.equal(destination("https://example.com/a", "example.com/a")?.different, false);
  assert.equal(destination("http://www.example.com/a", "www.example.com/a")?.different, false);
});

test("letters that look like others, and names before an @, are pointed out", () => {
  assert.equal(destination("https://аррӏе.example/", "x")?.disguised, true);
  assert.equal(destination("https://bank.example@evil.example/", "x")?.disguised, true);
  assert.equal(destination("https://bank.example@evil.example/", "x")?.host, "evil.example");
});

test("a way without encryption is pointed out", () => {
  assert.equal(destination("http://example.com/", "x")?.encrypted, false);
});

test("a mail address is shown as one", () => {
  assert.equal(destination("mailto:ann@example.org?subject=hi", "x")?.host, "ann@example.org");
  assert.equal(destination("mailto:100%@example.org", "x")?.host, "100%@example.org");
});

test("nothing else is opened", () => {
  for (const url of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "chitchatter://public/x", "", "/x"]) {
    assert.equal(destination(url, "x"), null, url);
  }
});
