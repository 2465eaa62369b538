/**
 * What stands in the way of using a plug that was found, and what is wrong with one, in French. `who` comes first in most:
 * `tapo plug key-light (192.168.1.20)`.
 * @type {[RegExp, string][]}
 */
export default [
  // What stands in the way.
  [/^an older Kasa device: .*$/, 'un ancien appareil Kasa : offair ne parle pas son protocole'],
  [
    /^it speaks (\S+) over (HTTPS?), which offair does not: .*$/,
    'elle parle $1 sur $2, qu’offair ne connaît pas : chercher une version plus récente d’offair',
  ],
  [/^it is not set up yet: .*$/, 'elle n’est pas encore installée : l’ajouter dans l’application Tapo'],
  [
    /^the secrets tapo_username and tapo_password are not set: .*$/,
    'les secrets tapo_username et tapo_password ne sont pas définis : sans eux, ni lecture ni commutation',
  ],
  [
    /^it belongs to another account than tapo_username .*$/,
    'elle appartient à un autre compte que tapo_username (les majuscules comptent) : l’ajouter avec celui-là dans l’application Tapo',
  ],
  [
    /^its firmware is old: this search .*$/,
    'son micrologiciel est ancien : la recherche ne s’y connecte pas, car cela dirait le mot de passe à quiconque se fait passer pour une prise. La mettre à jour dans l’application Tapo',
  ],
  [
    /^it refuses the login: it was set up from another device .*$/,
    'elle refuse la connexion : installée depuis un autre appareil (« simple setup », tss), elle a reçu un mauvais mot de passe. La retirer de l’application Tapo et l’y ajouter à nouveau, seule',
  ],
  [
    /^a strip: each outlet .*$/,
    'une multiprise : chaque sortie est une prise à part, avec outlet: et le numéro imprimé dessus',
  ],
  [
    /^it is not seen on the studio's broker, .* \((\S+)\)$/,
    'elle n’est pas vue sur le broker du studio, et sa page web a un mot de passe : regarder ses réglages MQTT ($1)',
  ],
  [
    /^its MQTT is off: .* \((\S+)\), with the studio's broker$/,
    'son MQTT est désactivé : l’activer dans ses réglages MQTT ($1), avec le broker du studio',
  ],
  [
    /^it is connected to the broker (.+): that must be the studio's one\.$/,
    'elle est connectée au broker $1 : ce doit être celui du studio.',
  ],
  [/^Correct it in its MQTT settings \((\S+)\) or in studio\.yaml$/, 'Corriger ses réglages MQTT ($1) ou studio.yaml'],
  [
    /^it is not connected to its broker, (.+): correct .* \((\S+)\)$/,
    'elle n’est pas connectée à son broker, $1 : corriger adresse, utilisateur ou mot de passe dans ses réglages MQTT ($2)',
  ],
  [/^and add the mqtt: section to studio\.yaml$/, 'et ajouter la section mqtt: à studio.yaml'],
  [
    /^the search ended before it was asked what it measures: .*$/,
    'la recherche a fini avant de lui demander ce qu’elle mesure : chercher plus longtemps, avec --seconds 15',
  ],
  [
    /^it announces itself but did not answer on (\S+)\. .* let it write (.+)$/,
    'elle s’annonce mais n’a pas répondu sur $1. Activer « RPC over MQTT » dans ses réglages MQTT ; si elle a un préfixe à elle, l’écrire dans topicPrefix ; dans les droits du broker, lui permettre d’écrire $2',
  ],
  [
    /^its prefixes are not cmnd, stat and tele: .*$/,
    'ses préfixes ne sont pas cmnd, stat et tele : les rétablir (Prefix1 à Prefix3)',
  ],
  [
    /^it has one meter for all its outlets: it can .*$/,
    'elle n’a qu’un compteur pour toutes ses sorties : elle peut être mesurée en entier, pas commutée',
  ],
  // What is wrong with one that is configured.
  [
    /^(.+) did not answer within ([\d.]+) s: is it powered and in the network\?$/,
    '$1 n’a pas répondu en $2\u00a0s : a-t-elle du courant, est-elle sur le réseau ?',
  ],
  [
    /^(.+): refuses connections; after a power cut .*$/,
    '$1 refuse les connexions ; après une coupure de courant, il lui faut parfois quelques minutes',
  ],
  [/^(.+): closed the connection without an answer$/, '$1 a fermé la connexion sans répondre'],
  [
    /^(.+): no such host in this network; .*$/,
    '$1 : personne à cette adresse sur le réseau ; vérifier son adresse et son courant',
  ],
  [/^(.+): this machine has no route to it; .*$/, '$1 : cet ordinateur ne peut pas l’atteindre ; vérifier son réseau'],
  [
    /^(.+): its host name is not known; .*$/,
    '$1 : son nom d’hôte est inconnu ; lui donner une adresse fixe et écrire celle-ci',
  ],
  [
    /^(.+): its host name could not be looked up now; .*$/,
    '$1 : son nom d’hôte ne peut pas être résolu pour l’instant ; une adresse fixe évite cela',
  ],
  [
    /^(.+): no connection; check its address and its power$/,
    '$1 : pas de connexion ; vérifier son adresse et son courant',
  ],
  [/^(.+) closed the connection$/, '$1 a fermé la connexion'],
  [
    /^(.+) was not found in the network: .*$/,
    '$1 n’a pas été trouvée sur le réseau : a-t-elle du courant, une diffusion l’atteint-elle ? Sinon, écrire son adresse dans host',
  ],
  [/^(.+) is busy and refused \S+ \(code (.+)\): .*$/, '$1 est occupée (code $2) : réessayer plus tard'],
  [
    /^(.+) refused the login \(code (.+)\): .*$/,
    '$1 a refusé la connexion (code $2) : vérifier l’e-mail et le mot de passe du compte Tapo',
  ],
  [
    /^(.+) needs the e-mail and password of the Tapo app, and (\S+) is not set: .*$/,
    '$1 demande l’e-mail et le mot de passe de l’application Tapo, et le secret $2 n’est pas défini',
  ],
  [
    /^(.+) lets nobody log in .* \(code (.+)\): does another program use an old one\?$/,
    '$1 ne laisse plus entrer personne pour l’instant, après trop de mauvais mots de passe (code $2) : un autre programme en utilise-t-il un ancien ?',
  ],
  [
    /^(.+) takes no e-mail and password .*$/,
    '$1 n’est liée à aucun compte TP-Link : l’ajouter dans l’application Tapo, avec le compte qu’utilise offair',
  ],
  [
    /^(.+) does not let other programs in .* \((.+)\)$/,
    '$1 ne laisse pas entrer d’autres programmes. Dans l’application Tapo, le téléphone étant sur le réseau de la prise, désactiver puis réactiver Me → Third-Party Services → Third-Party Compatibility ($2)',
  ],
  [/^(.+) is gone, says the broker\.$/, '$1 a disparu, dit le broker.'],
  [/^(.+) is gone: .*$/, '$1 a disparu'],
  [/^(.+) said nothing on (\S+) for (\d+) s(?:, asked on \S+)?\.$/, '$1 n’a rien dit sur $2 depuis $3\u00a0s.'],
  [/^(.+) said nothing when asked on (\S+)\.$/, '$1 n’a rien répondu sur $2.'],
  [/^(.+) did not answer (\S+) within (\d+) s\.$/, '$1 n’a pas répondu à $2 en $3\u00a0s.'],
  [/^(.+): nothing was sent on (\S+): (.+)\.$/, '$1 : rien n’a été envoyé sur $2 ($3).'],
  [/^Check the broker$/, 'Vérifier le broker'],
  [/^Is it powered and connected to the broker\?$/, 'A-t-elle du courant, est-elle connectée au broker ?'],
  [
    /^Is it powered, connected to the broker, and allowed to read (\S+) and to write (\S+)\?$/,
    'A-t-elle du courant, est-elle connectée au broker, peut-elle lire $1 et écrire $2 ?',
  ],
  [
    /^Is it powered, and is its topic (.+) with the full topic (.+)\?$/,
    'A-t-elle du courant, son topic est-il $1 avec le full topic $2 ?',
  ],
  [
    /^Is it powered and on the broker, and does it publish (.+) at least every updateSeconds\?$/,
    'A-t-elle du courant, est-elle sur le broker, et publie-t-elle $1 au moins toutes les updateSeconds ?',
  ],
  [
    /^Is Zigbee2MQTT running, the plug powered, and is (.+) still its name there\?$/,
    'Zigbee2MQTT tourne-t-il, la prise a-t-elle du courant, et $1 y est-il encore son nom ?',
  ],
  [
    /^(.+): another device listens on its topics too; nothing is switched$/,
    '$1 : un autre appareil écoute ses topics aussi ; rien n’est commuté',
  ],
  [/^(.+) is another device: its MAC is (\S+)$/, '$1 est un autre appareil : son adresse MAC est $2'],
  [
    /^could not be switched (?:on|off) in (\d+) attempts \((.+)\): look at the plug$/,
    'la prise n’a pas obéi en $1 essais ($2) : à vérifier',
  ],
  // HomeWizard.
  [
    /^its local API is off: turn it on in the HomeWizard app .*$/,
    'son API locale est désactivée : l’activer dans l’application HomeWizard (Réglages, Compteurs, la prise, API locale)',
  ],
  [
    /^(.+) (?:is locked|can not be cut): turn its switch lock off in the HomeWizard app, or set essential: true$/,
    '$1 est verrouillée : enlever le verrou dans l’application HomeWizard, ou mettre essential: true',
  ],
];
