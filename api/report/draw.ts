/** What draws: with libraries that are large, native or slow. Loaded in a thread of its own, which ends with its work. */
import { Resvg } from '@resvg/resvg-js';
import PDFDocument from 'pdfkit';
import type { Report } from '../../model/report.ts';
import type { Language } from '../badge.ts';
import { FONT_FILES } from './fonts.ts';
import { paper } from './paper.ts';
import type { Measure } from './pen.ts';
import { type PosterSize, poster } from './poster.ts';
import { say } from './say.ts';

export function png(report: Report, language: Language, size: PosterSize): Uint8Array {
  const svg = poster(say(report, language), size, measure());
  const font = { loadSystemFonts: false, fontFiles: Object.values(FONT_FILES), defaultFontFamily: 'Inter' };
  return new Resvg(svg, { font, logLevel: 'error' }).render().asPng();
}

export function pdf(report: Report, language: Language): Promise<Uint8Array> {
  return paper(say(report, language));
}

function measure(): Measure {
  const document = new PDFDocument({ autoFirstPage: false });
  return (text, size, weight) => document.font(FONT_FILES[weight]).fontSize(size).widthOfString(text);
}
