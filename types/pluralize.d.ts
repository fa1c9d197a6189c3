/** What is used of `pluralize`, which ships no types. */
declare const pluralize: {
  /** Whether the word, by its last part, is a plural of English. */
  isPlural(word: string): boolean;
  singular(word: string): string;
};
export default pluralize;
