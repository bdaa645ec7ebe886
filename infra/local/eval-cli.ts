/** `npm run eval -- plates|detection|scenes DIR [--json]`: accuracy on labelled data. */
