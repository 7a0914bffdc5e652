import assert from "node:assert/strict";
import { chromium, type Page } from "npm:playwright-core@1.65.1";
import { ServedPage } from "../examples/asyncio.ts";
import { interopTest } from "./interop.ts";
import { pathOf } from "./servers/installed.ts";

/** A browser that looks nothing up by itself, and has no window. */
async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: pathOf("chromium"),
    timeout: 20_000,
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
  return {
    /** Opens a page, as a visitor of its own. */
    async open(url: string): Promise<Page> {
      const context = await browser.newContext();
      context.setDefaultTimeout(10_000);
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

const needs = ["chromium"] as const;

interopTest("The chat page: visitors see each other come, speak and go", { needs }, async () => {
  await using server = await ServedPage.start("chat.ts");
  await using browser = await openBrowser();
  const ann = await browser.open(server.url);
  await enter(ann, "Ann");
  const bob = await browser.open(server.url);
  await enter(bob, "Bob");
  await lineOf(ann, "Bob has come in");

  await say(ann, "Good morning");
  await lineOf(bob, "AnnGood morning");
  const markup = '<script>document.title = "gone"</script><b>bold</b>';
  await say(bob, markup);
  await lineOf(ann, `Bob${markup}`);
  assert.equal(await ann.locator("#talk script, #talk b").count(), 0, "markup is text only");
  assert.equal(await ann.title(), "Chat room");

  const other = await browser.open(server.url);
  await other.getByLabel("Your name").fill("bob");
  await other.keyboard.press("Enter");
  await other.getByText("Somebody called bob is here already").waitFor();

  await bob.close();
  await lineOf(ann, "Bob has left");
  assert.equal(await ann.locator("#here").textContent(), "Here: Ann");

  const { code, stdout } = await server.interrupt();
  assert.equal(code, 0);
  assert.match(stdout, /The room is closed\n$/);
  await ann.getByText("The server is closing. Goodbye!").waitFor();
});

interopTest("The page of the tester shows matches as one types, and survives a trap", {
  needs,
}, async () => {
  await using server = await ServedPage.start("regex_tester.ts");
  await using browser = await openBrowser();
  const page = await browser.open(server.url);
  const status = page.getByRole("status");

  await page.getByLabel("Text").fill("One tulip, two tulips <b>");
  await page.getByLabel("Pattern").pressSequentially("tulips?");
  await page.getByLabel("Pattern").fill("tulip(s)?|<b>");
  await status.getByText("3 matches").waitFor();
  assert.deepEqual(await page.locator("mark").allTextContents(), ["tulip", "tulips", "<b>"]);
  assert.match(await page.locator("#matches li").nth(1).innerText(), /15–21 tulips \$1: s/);

  await page.getByLabel("Pattern").fill("(tulip");
  await status.getByText("Unterminated group").waitFor();
  assert.equal(await page.locator("mark").count(), 0);

  await page.getByRole("button", { name: "A trap" }).click();
  await status.getByText("Looking for matches").waitFor();
  await status.getByText("Stopped: that takes too long").waitFor();
  await page.getByRole("button", { name: "Words" }).click();
  await status.getByText("4 matches").waitFor();

  await page.getByRole("button", { name: "A trap" }).click();
  await status.getByText("Looking for matches").waitFor();
  const { code } = await server.interrupt();
  assert.equal(code, 0, "not even a trap keeps the server");
  await status.getByText("The server is closing. Goodbye!").waitFor();
});

async function enter(page: Page, name: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.keyboard.press("Enter");
  await page.getByLabel("Your message").waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Your message").fill(text);
  await page.keyboard.press("Enter");
}

/** Waits for a line of the conversation; that of a message begins with its author. */
async function lineOf(page: Page, text: string): Promise<void> {
  await page.locator("#talk li", { hasText: text }).waitFor();
}
