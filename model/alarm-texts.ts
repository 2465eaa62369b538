/** Alarms in the words of people, French and English. */
import type { Alarm, AlarmChange, AlarmCode, Severity } from './alarms.ts';
import { fill } from './coded-text.ts';

export const LANGUAGES = ['fr', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export const ALARM_TEXTS: Readonly<Record<Language, Readonly<Record<AlarmCode, string>>>> = {
  en: {
    'cut-not-verified': '{name} was to be switched off, and it is not known that it is: {detail}. Look at the plug',
    'restore-failed': '{name} could not be switched on: {detail}. Switch it on by hand',
    'unreachable-before-live': '{name} does not answer, and a live is near: look at its power and its network',
    'strip-overload': '{name} carries {watts} W, and {limitWatts} W is its limit: unplug something',
    'plug-overload': '{name} carries too much: {detail}. Unplug something',
    'load-between-lives': '{name} came on between lives: {watts} W, at rest it is {idleWatts} W or less',
    'essential-off': '{name} is essential and was switched off during a live: switch it on',
    'essential-no-load': '{name} is essential and draws nothing any more: {watts} W instead of {usualWatts} W',
    'essential-unreachable': '{name} is essential and its plug does not answer during a live: look whether it runs',
    'source-lost': '{name} does not tell any more whether a live runs, and until it does nothing is cut: {detail}',
  },
  fr: {
    'cut-not-verified': '{name} devait être coupée, et rien ne prouve qu’elle l’est : {detail}. Vérifier la prise',
    'restore-failed': '{name} n’a pas pu être rallumée : {detail}. La rallumer à la main',
    'unreachable-before-live': '{name} ne répond pas, et un direct approche : vérifier son courant et son réseau',
    'strip-overload': '{name} débite {watts} W pour une limite de {limitWatts} W : débrancher quelque chose',
    'plug-overload': '{name} débite trop : {detail}. Débrancher quelque chose',
    'load-between-lives': '{name} s’est allumée entre deux directs : {watts} W, au repos {idleWatts} W au plus',
    'essential-off': '{name} est essentielle et a été éteinte pendant un direct : la rallumer',
    'essential-no-load': '{name} est essentielle et ne consomme plus rien : {watts} W au lieu de {usualWatts} W',
    'essential-unreachable':
      '{name} est essentielle et sa prise ne répond plus pendant un direct : vérifier qu’elle marche',
    'source-lost': '{name} ne dit plus si un direct est en cours, et d’ici là rien n’est coupé : {detail}',
  },
};

const SEVERITY_WORDS: Readonly<Record<Language, Readonly<Record<Severity, string>>>> = {
  en: { info: 'Note', warning: 'Warning', critical: 'Alarm' },
  fr: { info: 'À savoir', warning: 'Avertissement', critical: 'Alarme' },
};
const CHANGE_WORDS: Readonly<Record<Language, Readonly<Record<'cleared' | 'acknowledged', string>>>> = {
  en: { cleared: 'Over', acknowledged: 'Acknowledged by {by}' },
  fr: { cleared: 'Terminé', acknowledged: 'Pris en compte par {by}' },
};

/** One sentence: what, how much, what to do. Numbers as the language writes them. */
export function alarmText({ code, data }: Pick<Alarm, 'code' | 'data'>, language: Language): string {
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const words = Object.entries(data).map(([key, value]) => [
    key,
    typeof value === 'number' ? numbers.format(value) : value,
  ]);
  return fill(ALARM_TEXTS[language][code], Object.fromEntries(words));
}

/** `Alarm · Studio A`, `Terminé · Studio A`. */
export function alarmTitle({ change, alarm }: AlarmChange, studio: string, language: Language): string {
  const by = alarm.acknowledged?.by ?? '';
  const word =
    change === 'raised' ? SEVERITY_WORDS[language][alarm.severity] : fill(CHANGE_WORDS[language][change], { by });
  return `${word} · ${studio}`;
}
