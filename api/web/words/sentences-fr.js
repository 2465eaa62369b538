/**
 * Sentences that the API says in English, in French: what is not listed is shown as it came.
 * @type {[RegExp, string][]}
 */
export default [
  // Why a session can not be begun or ended.
  [/^session (\S+) is running: end it first$/, 'La session $1 est en cours : la terminer d’abord'],
  [/^no session is running$/, 'Aucune session n’est en cours'],
  [
    /^no session was running; offair did not know, and now does$/,
    'Aucune session n’était en cours ; offair l’ignorait, il le sait maintenant',
  ],
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
];
