/**
 * What alarms say, in French, as the daemon says it elsewhere; and why there is no suggestion for idle watts.
 * @type {Record<string, string>}
 */
export default {
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
  'too-little-history': 'seulement {hours} heures mesurées, il en faut {least}',
  'one-level': 'elle consomme toujours à peu près autant : ses watts ne disent pas si elle sert',
  'no-clear-gap': 'au calme elle atteint {quietWatts} W et en service elle commence à {activeWatts} W : trop proche',
};
