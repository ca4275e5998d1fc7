/**
 * Orders items by how well they fit what was typed; items that do not fit are left out. Every word typed must be
 * found: as the start of a word, inside a word, or as letters in the right order.
 */
export function rank<T>(query: string, items: readonly T[], textOf: (item: T) => string): T[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...items];
  return items
    .map((item, index) => ({ item, index, score: scoreAll(words, textOf(item).toLowerCase()) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ item }) => item);
}

function scoreAll(words: readonly string[], text: string): number {
  let total = 0;
  for (const word of words) {
    const score = scoreWord(word, text);
    if (score === 0) return 0;
    total += score;
  }
  // Between equals the shorter text is the better one.
  return total + 1 / (text.length + 1);
}

function scoreWord(word: string, text: string): number {
  const at = text.indexOf(word);
  if (at === 0) return 100;
  if (at > 0) {
    for (let i = at; i !== -1; i = text.indexOf(word, i + 1)) if (/\W/.test(text[i - 1] ?? ' ')) return 80;
    return 50;
  }
  const initials = text
    .split(/\W+/)
    .map((part) => part[0] ?? '')
    .join('');
  if (initials.includes(word)) return 40;
  return inOrder(word, text) ? 10 : 0;
}

function inOrder(letters: string, text: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
