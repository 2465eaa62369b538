/**
 * What the loader of studio.yaml found and expected, in French, as far as a first configuration meets it.
 * @type {[RegExp, string][]}
 */
export default [
  [/^nothing$/, 'rien'],
  [/^null$/, 'rien'],
  [/^a list$/, 'une liste'],
  [/^a group of keys$/, 'un groupe de clés'],
  [/^a key that means nothing here$/, 'une clé inconnue ici'],
  [/^what is not YAML \((.*)\)$/, 'ce qui n’est pas du YAML ($1)'],
  [/^an? string$/, 'un texte'],
  [/^an? number$/, 'un nombre'],
  [/^an? int$/, 'un nombre entier'],
  [/^an? boolean$/, 'true ou false'],
  [/^an? array$/, 'une liste'],
  [/^an? (?:object|record)$/, 'un groupe de clés'],
  [/^at least one plug$/, 'au moins une prise'],
  [
    /^small letters, digits and dashes, beginning with a letter or digit$/,
    'minuscules, chiffres et tirets, en commençant par une lettre ou un chiffre',
  ],
  [/^at least (\d+) characters?$/, 'au moins $1 caractère(s)'],
  [/^at most (\d+) characters?$/, '$1 caractères au plus'],
  [/^at least (\d+) entr(?:y|ies)$/, 'au moins $1 élément(s)'],
  [/^at most (\d+) entr(?:y|ies)$/, '$1 éléments au plus'],
  [/^at least (.+)$/, 'au moins $1'],
  [/^at most (.+)$/, 'au plus $1'],
  [/^more than (.+)$/, 'plus de $1'],
  [/^less than (.+)$/, 'moins de $1'],
  [/^one of (.+)$/, 'au choix : $1'],
  [/^no such key$/, 'aucune clé de ce nom'],
  [/^Did you mean (.+)\?$/, 'Serait-ce $1 ?'],
  [
    /^Secrets do not belong in this file: .*$/,
    'Les secrets n’ont pas leur place dans ce fichier : voir « Secrets » dans config/docs/operation.md',
  ],
  [/^an IANA time zone such as (\S+)$/, 'un fuseau horaire IANA, comme $1'],
  [/^an ISO 3166 country code of two capital letters$/, 'un code de pays ISO 3166, deux majuscules'],
  [
    /^an IP address or a host name, without http:\/\/ or port$/,
    'une adresse IP ou un nom d’hôte, sans http:// ni port',
  ],
  [/^host, or mac to find the plug by$/, 'host, ou mac pour trouver la prise'],
  [/^12 hex digits(.*)$/, '12 chiffres hexadécimaux$1'],
  [
    /^mqtt:\/\/host:port or mqtts:\/\/host:port, without user or password$/,
    'mqtt://hôte:port ou mqtts://hôte:port, sans utilisateur ni mot de passe',
  ],
  [/^the id of one of the plugs$/, 'l’id d’une des prises'],
  [/^a name of its own: (\S+) has it already$/, 'un nom à elle : $1 l’a déjà'],
  [
    /^an outlet of its own: (\S+) is the same one .*$/,
    'une sortie à elle : $1 est la même (même adresse, appareil ou MAC)',
  ],
  [
    /^a broker: (\S+) \((.+)\) is an? (\S+) plug and speaks MQTT$/,
    'un broker : $1 ($2) est une prise $3 et parle MQTT',
  ],
  [
    /^watts, or any: a plug that may be cut must say when it counts as in use$/,
    'des watts, ou any : une prise qui peut être coupée doit dire quand elle compte comme en service',
  ],
  [
    /^the MAC of the plug: who it is, is checked before it is cut$/,
    'l’adresse MAC de la prise : son identité est vérifiée avant de la couper',
  ],
];
