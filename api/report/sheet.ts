import PDFDocument from 'pdfkit';
import { FONT_FILES } from './fonts.ts';
import type { Weight } from './pen.ts';

const INK = '#14181d';
export const SOFT = '#57626e';
export const LINE = '#d8dee4';
const MARGIN = 48;
const FOOT = 16;
const ROW_HEIGHT = 16;
/** Tables of up to this many rows stay on one page. */
const UNBROKEN_ROWS = 12;

export interface Column {
  head: string;
  /** Share of the width; all of them make 1. */
  share: number;
  align?: 'left' | 'right';
}
export type Cell = string | { share: number; colour: string };
export interface Row {
  cells: readonly Cell[];
  strong?: boolean;
}

type Style = { size?: number; weight?: Weight; colour?: string; gap?: number };

/**
 * A tagged A4 document that fills from the top. What is text is read in this order by screen readers; what only adorns
 * is marked as such.
 */
export class Sheet {
  readonly document: PDFKit.PDFDocument;
  readonly width: number;
  readonly #root: PDFKit.PDFStructureElement;
  readonly #chunks: Buffer[] = [];
  y = MARGIN;

  constructor({
    title,
    language,
    author,
    madeAtMs,
  }: { title: string; language: string; author: string; madeAtMs: number }) {
    const CreationDate = new Date(madeAtMs);
    this.document = new PDFDocument({
      ...{ size: 'A4', margin: MARGIN, bufferPages: true, pdfVersion: '1.7', tagged: true },
      ...{ lang: language, displayTitle: true, font: FONT_FILES[400] },
      info: {
        Title: title,
        Author: author,
        Creator: 'offair',
        Producer: 'offair',
        CreationDate,
        ModDate: CreationDate,
      },
    });
    // What is placed by hand must not start a page by itself.
    this.document.page.margins.bottom = 0;
    this.document.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.width = this.document.page.width - 2 * MARGIN;
    this.#root = this.document.struct('Document');
    this.document.addStructure(this.#root);
  }

  /** A new page unless this much room is left. */
  need(height: number): void {
    if (this.y + height <= this.document.page.height - MARGIN - FOOT) return;
    this.document.addPage();
    this.document.page.margins.bottom = 0;
    this.y = MARGIN;
  }

  heading(text: string, level: 'H1' | 'H2', { size = 14, weight = 800 }: Style = {}): void {
    this.paragraph(text, { size, weight, gap: level === 'H1' ? 6 : 4 }, level);
  }

  paragraph(text: string, { size = 9, weight = 400, colour = INK, gap = 4 }: Style = {}, tag = 'P'): void {
    this.#font(weight, size, colour);
    const height = this.document.heightOfString(text, { width: this.width });
    this.need(height);
    this.#root.add(
      this.document.struct(tag, {}, () => {
        this.#font(weight, size, colour);
        this.document.text(text, MARGIN, this.y, { width: this.width });
      }),
    );
    this.y += height + gap;
  }

  /** @param draw with its origin at the top left, in `width` by `height` points */
  figure(alt: string, height: number, draw: (document: PDFKit.PDFDocument, x: number, y: number) => void): void {
    this.need(height);
    const y = this.y;
    this.#root.add(this.document.struct('Figure', { alt }, () => draw(this.document, MARGIN, y)));
    this.y += height;
  }

  /** Pairs of a name and a value, `columns` in a row. */
  facts(facts: readonly { name: string; value: string; note: string }[], columns: number, left: number): void {
    const wide = (this.width - left) / columns;
    for (const [index, { name, value, note }] of facts.entries()) {
      const [x, y] = [MARGIN + left + (index % columns) * wide, this.y + Math.floor(index / columns) * 56];
      this.#root.add(
        this.document.struct('P', {}, () => {
          this.#line(`${name} `, x, y, wide - 10, { size: 8.5, colour: SOFT });
          this.#line(`${value} `, x, y + 11, wide - 10, { size: 18, weight: 800 });
          this.#line(note, x, y + 34, wide - 10, { size: 8, colour: SOFT });
        }),
      );
    }
    this.y += Math.ceil(facts.length / columns) * 56;
  }

  /** How much of a table of so many rows stays on one page. */
  heldHeight(rows: number): number {
    return ROW_HEIGHT * (rows <= UNBROKEN_ROWS ? rows + 1 : 3);
  }

  table(columns: readonly Column[], rows: readonly Row[]): void {
    this.need(this.heldHeight(rows.length));
    const table = this.document.struct('Table');
    this.#root.add(table);
    this.#row(table, columns, { cells: columns.map(({ head }) => head) }, 'TH');
    for (const row of rows) this.#row(table, columns, row, 'TD');
    table.end();
    this.y += 8;
  }

  #row(table: PDFKit.PDFStructureElement, columns: readonly Column[], row: Row, tag: 'TH' | 'TD'): void {
    const [isHead, height] = [tag === 'TH', ROW_HEIGHT];
    this.need(height);
    const y = this.y;
    const element = this.document.struct('TR');
    table.add(element);
    let x = MARGIN;
    for (const [index, { share, align = index === 0 ? 'left' : 'right' }] of columns.entries()) {
      const [cell, left, wide] = [row.cells[index] ?? '', x, share * this.width];
      x += wide;
      if (typeof cell !== 'string') {
        this.#adorn(() => this.document.rect(left + 8, y + 4, (wide - 16) * cell.share, 6).fill(cell.colour));
        const empty = this.document.struct(tag);
        element.add(empty);
        empty.end();
        continue;
      }
      const style: Style = { size: isHead ? 8 : 9, weight: row.strong ? 600 : 400, colour: isHead ? SOFT : INK };
      // In a row every cell is set apart by a space, for those who read the text alone.
      element.add(
        this.document.struct(isHead || index === 0 ? 'TH' : 'TD', {}, () =>
          this.#line(`${cell} `, left, y + 1.5, wide - 4, style, align),
        ),
      );
    }
    element.end();
    this.#adorn(() =>
      this.document
        .moveTo(MARGIN, y + height - 1)
        .lineTo(MARGIN + this.width, y + height - 1)
        .lineWidth(0.5)
        .stroke(LINE),
    );
    this.y += height;
  }

  /** One line, cut where it is too long. */
  #line(
    text: string,
    x: number,
    y: number,
    width: number,
    { size = 9, weight = 400, colour = INK }: Style,
    align: 'left' | 'right' = 'left',
  ): void {
    this.#font(weight, size, colour);
    const own = text.trimEnd();
    const fits = this.document.widthOfString(own) <= width;
    const shown = fits ? own : this.#cut(own, width);
    const left = align === 'right' ? x + width - this.document.widthOfString(shown) : x;
    this.document.text(text.endsWith(' ') ? `${shown} ` : shown, left, y, { lineBreak: false });
  }

  #cut(text: string, width: number): string {
    const characters = [...text];
    while (characters.length > 0 && this.document.widthOfString(`${characters.join('')}…`) > width) characters.pop();
    return `${characters.join('').trimEnd()}…`;
  }

  #adorn(draw: () => void): void {
    this.document.markContent('Artifact', { type: 'Layout' });
    draw();
    this.document.endMarkedContent();
  }

  #font(weight: Weight, size: number, colour: string): void {
    this.document.font(FONT_FILES[weight]).fontSize(size).fillColor(colour);
  }

  /** Numbers the pages and gives the bytes. */
  finish(foot: (page: number, of: number) => string): Promise<Uint8Array> {
    this.#root.end();
    const { count } = this.document.bufferedPageRange();
    for (let page = 0; page < count; page++) {
      this.document.switchToPage(page);
      this.#adorn(() =>
        this.#line(foot(page + 1, count), MARGIN, this.document.page.height - MARGIN + 8, this.width, {
          size: 8,
          colour: SOFT,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      this.document.once('error', reject);
      this.document.once('end', () => resolve(Buffer.concat(this.#chunks)));
      this.document.end();
    });
  }
}
