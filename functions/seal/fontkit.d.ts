/** The part of fontkit (no types of its own) that draws and embeds text. */
declare module 'fontkit' {
  export interface Glyph {
    readonly id: number;
    /** Font units. */
    readonly advanceWidth: number;
    readonly path: { toSVG(): string };
  }
  export interface Font {
    readonly unitsPerEm: number;
    readonly ascent: number;
    readonly descent: number;
    hasGlyphForCodePoint(codePoint: number): boolean;
    glyphForCodePoint(codePoint: number): Glyph;
    layout(text: string): { readonly glyphs: readonly Glyph[] };
  }
  export function create(bytes: Uint8Array): Font;
}

/** pdfkit embeds a font that fontkit already opened (it asks for a `layout` method); its types leave that out. */
declare namespace PDFKit.Mixins {
  interface PDFFont {
    registerFont(name: string, source: import('fontkit').Font): this;
  }
}
