/** Live terminals: typing, resizing, searching, interrupting, ending, several at once, and exact re-attachment. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Screen, Session } from '#contract';
import { Frame } from '../pages/frame.ts';
import { Sessions, type SessionView } from '../pages/sessions.ts';
import type { Host } from '../support/host.ts';
import { expect, test } from '../support/journey.ts';
import { keepScreenshot } from '../support/screenshots.ts';
import { waitFor } from '../support/wait.ts';

async function startShell(host: Host, name: string): Promise<SessionView> {
  const view = await new Sessions(host.page).start({
    agent: 'shell',
    folder: host.home,
    name,
    command: 'bash',
  });
  await view.see(/\$/);
  return view;
}

async function sessionNamed(host: Host, name: string): Promise<Session> {
  const { items } = await host.call<{ items: Session[] }>('GET', '/v1/sessions');
  const found = items.find((session) => session.name === name);
  if (!found) throw new Error(`There is no session named ${name}.`);
  return found;
}

const screenOf = async (host: Host, name: string): Promise<Screen> =>
  host.call('GET', `/v1/sessions/${(await sessionNamed(host, name)).id}/screen`);

/** Every run of cells as it is drawn: its text, and how a person sees it. */
const drawnCells = (view: SessionView): Promise<string> =>
  view.terminal.locator('.xterm-rows > div').evaluateAll((rows) =>
    rows
      .map((row) =>
        [...row.querySelectorAll('span')]
          .map((run) => {
            const { color, backgroundColor, fontWeight, textDecorationLine } = getComputedStyle(run);
            // The cursor is drawn differently while nobody types.
            const cursor = /xterm-cursor/.test(run.className);
            return cursor
              ? ''
              : [run.textContent, color, backgroundColor, fontWeight, textDecorationLine].join('|');
          })
          .join('\n'),
      )
      .join('\n\n'),
  );

test('a shell takes what is typed, fits the window, is searched, interrupted and ended', async ({ host }) => {
  const { page } = host;
  await new Frame(page).go('Sessions');
  const shell = await startShell(host, 'work');
  await shell.type('echo "sum: $((20 + 22))" && touch made-here');
  await shell.see(/^sum: 42$/m);
  expect(existsSync(join(host.home, 'made-here'))).toBe(true);

  // The program is told the size of the view, also after it changed.
  const sizeOnScreen = async (): Promise<string> => {
    await shell.type('clear; stty size');
    await shell.see(/^\d+ \d+$/m);
    return /^(\d+ \d+)$/m.exec(await shell.rows())?.[1] ?? '';
  };
  const before = await sizeOnScreen();
  await page.getByRole('button', { name: 'Hide the panel' }).click();
  const wider = Number(before.split(' ')[1]);
  await waitFor('a wider terminal', async () => (await screenOf(host, 'work')).cols > wider);
  await expect(async () => {
    const { cols, rows } = await screenOf(host, 'work');
    expect(await sizeOnScreen()).toBe(`${rows} ${cols}`);
  }).toPass({ timeout: 20_000 });

  await shell.type('clear; for i in 1 2 3; do echo "needle $i"; done');
  await shell.see(/needle 3/);
  await shell.focus();
  await page.keyboard.press('ControlOrMeta+F');
  const search = shell.terminal.getByRole('search');
  await search.getByRole('textbox', { name: 'Find in terminal' }).fill('needle 2');
  await expect(search.getByText('1 of 1')).toBeVisible();
  await search.getByRole('textbox', { name: 'Find in terminal' }).fill('nowhere to be seen');
  await expect(search.getByText('none')).toBeVisible();
  await keepScreenshot(page, 'terminal-search');
  await page.keyboard.press('Escape');
  await expect(search).toBeHidden();
  await expect(shell.input).toBeFocused();

  await shell.type('clear; sleep 1000 || echo interrupted');
  await expect(shell.state('Working')).toBeVisible();
  await waitFor(
    'the state to say why',
    async () => (await sessionNamed(host, 'work')).state_reason === 'runs sleep',
  );
  await shell.toolbar.getByRole('button', { name: 'Interrupt' }).click();
  await expect(shell.state('Waiting for input')).toBeVisible();
  await shell.see(/\^C/);

  await shell.end();
  await expect(shell.state('Ended')).toBeVisible();
  const ended = await sessionNamed(host, 'work');
  expect(ended.state).toBe('killed');
  expect(ended.ended_at).not.toBeNull();
  await expect(shell.terminal.getByText('What you see is its last screen.')).toBeVisible();
  await keepScreenshot(page, 'session-ended');
});

test('a reloaded window shows each terminal exactly as it was', async ({ host }) => {
  const { page } = host;
  const shell = await startShell(host, 'drawing');
  // Another screen, true colour, wide and combined characters, a scroll region, mouse and paste modes, a hidden cursor.
  await shell.type(
    String.raw`clear; printf '\e[?1049h\e[?1000h\e[?1006h\e[?2004h\e[?25l\e[2;5r\e[H\e[38;2;200;120;40mtrue colour\e[0m \e[1;4;7mloud\e[0m\r\n日本語 e\u0301 👩‍🚀\e[12;20H\e[48;5;25mhere\e[0m'; read -r`,
  );
  await shell.see(/^true colour/m);
  const drawn = () => drawnCells(shell);
  const before = await drawn();
  expect(before).toContain('true colour');
  const screen = await screenOf(host, 'drawing');
  await keepScreenshot(page, 'terminal-before-reload');

  await host.reload();
  await shell.see(/^true colour/m);
  await expect.poll(drawn).toBe(before);
  expect(await screenOf(host, 'drawing')).toEqual(screen);
  await keepScreenshot(page, 'terminal-after-reload');

  // The program did not notice: it still reads, and the main screen is still below.
  await shell.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type(String.raw`printf '\e[?1049l\e[?1000l\e[?25h'; echo back`);
  await page.keyboard.press('Enter');
  await shell.see(/^back$/m);
});

test('several sessions run at once, each in its tab with its own input and output', async ({ host }) => {
  const { page } = host;
  const sessions = new Sessions(page);
  const names = ['alder', 'birch', 'cedar'];
  await new Frame(page).go('Sessions');
  const views: SessionView[] = [];
  for (const name of names) {
    const view = await startShell(host, name);
    await view.type(`n=0; while sleep 0.2; do n=$((n+1)); echo "${name} $n"; done`);
    await view.see(new RegExp(`${name} [3-9]`));
    views.push(view);
  }
  await expect(sessions.tabs.getByRole('button', { name: /^Close tab/ })).toHaveCount(3);
  await keepScreenshot(page, 'sessions-several');
  for (const [index, view] of views.entries()) {
    await sessions.card(view.name).click();
    await view.see(new RegExp(`${names[index]} \\d\\d`));
    for (const other of names.filter((name) => name !== names[index])) {
      expect(await view.rows()).not.toMatch(new RegExp(`^${other} \\d`, 'm'));
    }
  }
  // Ending one leaves the others alone.
  const last = views.at(-1) as SessionView;
  await last.end();
  await expect(last.state('Ended')).toBeVisible();
  const states = await Promise.all(names.map(async (name) => (await sessionNamed(host, name)).ended_at));
  expect(states.map((ended) => ended === null)).toEqual([true, true, false]);
});
