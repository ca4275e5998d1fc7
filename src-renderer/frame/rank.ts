/** What an item is found by. */
export interface Searchable {
  title: string;
  /** Further words; whole parts of them count, less than the title. */
  keywords: string;
}

/**
 * Orders items by how well they fit what was typed; items that do not fit are left out. Every word typed must be
 * found: as the start of a word, inside a word, as initials, or as letters of the title in the right order.
 */
export function rank<T extends Searchable>(query: string, items: readonly T[]): T[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...items];
  return items
    .map((item, index) => ({ item, index, score: scoreAll(words, item) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ item }) => item);
}

function scoreAll(words: readonly string[], item: Searchable): number {
  const title = item.title.toLowerCase();
  const keywords = item.keywords.toLowerCase();
  let total = 0;
  for (const word of words) {
    const score = Math.max(scoreTitle(word, title), scoreText(word, keywords) / 2);
    if (score === 0) return 0;
    total += score;
  }
  // Between equals the shorter title is the better one.
  return total + 1 / (title.length + 1);
}

/** Letters in order mean little when there are few of them. */
const LETTERS_NEEDED = 3;

function scoreTitle(word: string, title: string): number {
  const score = scoreText(word, title);
  if (score > 0) return score;
  const initials = title
    .split(/\W+/)
    .map((part) => part[0] ?? '')
    .join('');
  if (initials.includes(word)) return 40;
  return word.length >= LETTERS_NEEDED && inOrder(word, title) ? 10 : 0;
}

function scoreText(word: string, text: string): number {
  const at = text.indexOf(word);
  if (at < 0) return 0;
  if (at === 0) return 100;
  for (let i = at; i !== -1; i = text.indexOf(word, i + 1)) if (/\W/.test(text[i - 1] ?? ' ')) return 80;
  return word.length >= LETTERS_NEEDED ? 50 : 20;
}

function inOrder(letters: string, text: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
