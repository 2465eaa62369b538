/**
 * Sentences that the API says in English, in French: what is not listed is shown as it came.
 * @type {[RegExp, string][]}
 */
export default [
  // Why a letter is missing.
  [/^(\d+) minutes on air: it takes 10$/, '$1 minutes à l’antenne : il en faut 10'],
  [/^(\d+) % of the time on air was watched: it takes 90 %$/, '$1 % du temps d’antenne mesuré : il en faut 90 %'],
  [
    /^the grid's own lifecycle intensity is known for (\d+) % of the energy: it takes 90 %, yearly averages do not count$/,
    'l’intensité du réseau en cycle de vie est connue pour $1 % de l’énergie : il en faut 90 %, les moyennes annuelles ne comptent pas',
  ],
  // What an answer to what-if leaves out or rests on.
  [
    /^How many watch is not known: nothing is modelled for them\.$/,
    'On ne sait pas combien regardent : rien n’est modélisé pour eux.',
  ],
  [
    /^What viewers receive is modelled; what the encoder draws for it is not: the next live measures that\.$/,
    'Ce que reçoivent les spectateurs est modélisé ; ce que l’encodeur consomme pour cela ne l’est pas : le prochain direct le mesurera.',
  ],
  [
    /^No light was measured: their change shows nothing\.$/,
    'Aucune lumière n’a été mesurée : leur changement ne montre rien.',
  ],
  [
    /^How lights draw when dimmed or changed is an assumption, within the band\.$/,
    'Ce que prennent des lumières baissées ou changées est une hypothèse, dans la fourchette.',
  ],
  [
    /^No camera was measured: their number shows nothing\.$/,
    'Aucune caméra n’a été mesurée : leur nombre ne montre rien.',
  ],
  [/^The grid at that time is from (.*)\.$/, 'Le réseau à ce moment-là est d’après $1.'],
  [
    /^The grid's intensity is not known for that time: no grams\.$/,
    'L’intensité du réseau n’est pas connue pour ce moment : pas de grammes.',
  ],
  [
    /^No live was measured yet: what this one takes is not known\.$/,
    'Aucun direct n’a encore été mesuré : ce que celui-ci consomme n’est pas connu.',
  ],
  [/^There is no tariff in the configuration: no euro\.$/, 'Aucun tarif dans la configuration : pas d’euros.'],
  [
    /^Marginal intensity \(WattTime\): (.*) at this time, (.*) at that of the base\. It says what shifting avoids, and is in no figure\.$/,
    'Intensité marginale (WattTime) : $1 à ce moment, $2 à celui de la base. Elle dit ce qu’évite un déplacement, et n’est dans aucun chiffre.',
  ],
  // Why the API refuses something.
  [
    /^another session than the one that was meant runs, or none: nothing was ended$/,
    'une autre session que celle voulue est en cours, ou aucune : rien n’a été terminé',
  ],
  [/^session (\S+) is running: end it first$/, 'la session $1 est en cours : la terminer d’abord'],
  [/^no session is running(?:: start one first)?$/, 'aucune session n’est en cours'],
  [
    /^no session was running; offair did not know, and now does$/,
    'aucune session n’était en cours ; offair ne le savait pas, et le sait maintenant',
  ],
  [/^there is no session "?([^"]*)"?: GET .*$/, 'aucune session « $1 »'],
  [/^there is no plug "?([^"]*)"?: GET .*$/, 'aucune prise « $1 »'],
  [/^there is no open alarm "?([^"]*)"?: GET .*$/, 'aucune alarme ouverte « $1 »'],
  [/^query\.from: expected a period of at most (\d+) days, found .*$/, 'une période de $1 jours au plus'],
  [/^query\.from: expected a time before .*$/, 'le début doit être avant la fin'],
  // Of providers and databases.
  [/^(\S+) is late: its last value ends at (\S+)$/, '$1 est en retard : sa dernière valeur finit à $2'],
  [/^(\S+) is late: no value$/, '$1 est en retard : aucune valeur'],
  [
    /^([^;]+) has no value for us: the name (\S+) is not found \(\w+\)$/,
    '$1 ne répond pas : le nom $2 est introuvable (pas d’accès à Internet ?)',
  ],
  [/^([^;]+) has no value for us: no answer within (\S+) s$/, '$1 ne répond pas en $2\u00a0s'],
  [/^([^;]+) has no value for us: it answered ([^;]*)$/, '$1 a répondu $2'],
  [/^([^;]+) has no value for us: ([^;]*)$/, '$1 n’a pas de valeur : $2'],
  [/^no answer within (\S+) s$/, 'pas de réponse en $1\u00a0s'],
];
