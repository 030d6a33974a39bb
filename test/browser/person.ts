// What a person does at the web UI, by what is written on it: buttons, tabs, dialogs, rows.
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../host/wait.ts';

export class Person {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async logIn(name: string, password: string): Promise<void> {
    await this.page.getByLabel('User name').fill(name);
    await this.page.getByLabel('Password').fill(password);
    await this.button('Log in').click();
    await this.page.getByRole('tree').waitFor();
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  main(): Locator {
    return this.page.getByRole('main');
  }

  async tab(name: string): Promise<void> {
    await this.page.getByRole('tab', { name, exact: true }).click();
  }

  /** Goes to a resource by the tree. */
  async goTo(name: RegExp): Promise<void> {
    await this.page.getByRole('treeitem', { name }).click();
  }

  /** Chooses from the guest's menu. */
  async choose(item: string): Promise<void> {
    await this.button('More').click();
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  /** Fills the open dialog's fields, presses its button, and waits until it is gone. */
  async submit(fields: Readonly<Record<string, string>>, action: string): Promise<void> {
    for (const [label, value] of Object.entries(fields))
      await this.dialog().getByLabel(label, { exact: true }).fill(value);
    await this.dialog().getByRole('button', { name: action, exact: true }).click();
    await this.dialog().waitFor({ state: 'detached' });
  }

  /** A line of a list of settings, with its value. */
  setting(label: string): Locator {
    return this.main().locator('dl > div').filter({ hasText: label });
  }

  /** A row of a list. */
  row(name: string): Locator {
    return this.main().getByRole('listitem').filter({ hasText: name });
  }

  /** The guest's state, as its page says it. */
  async untilState(state: string): Promise<void> {
    await this.main().getByText(state).first().waitFor({ timeout: 60_000 });
  }

  /** Nothing that was changed waits for a restart. A change is written before it is made: until then it does wait. */
  async expectNoneWaits(): Promise<void> {
    await expect.poll(() => this.main().getByText('After restart').count(), { timeout: 10_000 }).toBe(0);
  }

  async untilAttribute(target: Locator, attribute: string, value: string | null): Promise<void> {
    await eventually(
      `${attribute} is ${value}`,
      20_000,
      async () => (await target.getAttribute(attribute)) === value,
    );
  }

  /** The lines of the terminal that is shown, without blanks at their ends. */
  async terminalText(): Promise<string> {
    const lines = await this.main().locator('.xterm-rows:visible > div').allInnerTexts();
    const text = lines.map((line) => line.replaceAll('\u00a0', ' ')).join('\n');
    return text.replace(/\n\s*$/, '');
  }

  untilTerminal(shown: RegExp): Promise<string> {
    return eventually(`the terminal shows ${shown}`, 30_000, async () => {
      const text = await this.terminalText();
      if (shown.test(text)) return text;
      throw new Error(JSON.stringify(text.slice(-300)));
    });
  }
}
