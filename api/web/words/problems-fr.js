/**
 * What the API says with a code, in French. `{detail}` is what a device, a server or the disk said, as it said it.
 * @type {Record<string, string>}
 */
export default {
  'session-unknown': 'On ne sait pas si un direct est en cours : démarrer ou terminer une session pour le dire',
  'doubt-on-air': 'Rien n’est coupé : {source} dit qu’un direct est en cours ({detail})',
  'doubt-lost': 'Rien n’est coupé : on ne sait pas si un direct est en cours. {source} : {detail}',
  'doubt-suspected': 'Rien n’est coupé : il se peut qu’un direct soit en cours. {source} : {detail}',
  'doubt-planned': 'Rien n’est coupé : {source} prévoit un direct en ce moment ({detail})',
  'doubt-beginning': 'Rien n’est coupé : {source} commence un direct',
  'left-cut': '{name} : offair l’a coupée et ne peut plus la commuter : la rallumer à la main',
  'not-switched': '{name} : commutation non faite ({detail})',
  'plug-unreachable': '{name} ne répond pas ({detail})',
  'plug-refused': '{name} refuse l’accès ({detail})',
  'plug-unreadable': '{name} : réponse incompréhensible ({detail})',
  'plug-odd': '{name} : comportement inattendu ({detail})',
  'fault-overheated': '{name} : sa prise signale une surchauffe',
  'fault-overpower': '{name} : sa prise signale une puissance trop élevée',
  'fault-overcurrent': '{name} : sa prise signale un courant trop élevé',
  'fault-charging-cut': '{name} : sa prise signale que sa protection de charge a coupé',
  'fault-overvoltage': '{name} : sa prise signale une tension du secteur trop élevée',
  'fault-undervoltage': '{name} : sa prise signale une tension du secteur trop basse',
  'fault-other': '{name} : sa prise signale {flag}',
  'journal-set-aside': 'Le journal était abîmé et a été mis de côté sous {path}',
  'journal-unwritable': 'Impossible d’écrire le journal : {detail}',
  'report-unwritten': 'Un bilan ne peut pas être écrit : {detail}',
  'session-unwritten': 'Une session n’est pas encore dans le journal : impossible de l’écrire',
  'readings-dropped': '{count} mesures brutes perdues ; l’énergie est gardée',
  'intensity-trouble': 'Intensité du réseau : {detail}',
  'webhook-trouble': 'Les alarmes ne parviennent pas au webhook {name} : {detail}',
  'influx-dropped': 'InfluxDB : {count} points abandonnés faute de place ; l’énergie est gardée',
  'influx-trouble': 'InfluxDB : {detail}',
};
