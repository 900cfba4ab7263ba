/** A piece of a transcript that is embedded, and found, as one. */
export type Passage = {
  /** Seconds from the start of the media. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Who says it; absent where nobody was told apart, or where several speak. */
  readonly speaker?: string;
  /** Where channels are transcribed separately, and all of it is in one. */
  readonly channel?: number;
};
