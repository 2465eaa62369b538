/**
 * Why the API refuses a request, in French, by the code of its problem document. `{detail}` is what it says of this one.
 * @type {Record<string, string>}
 */
export default {
  'bad-request': 'La demande ne peut pas être lue : {detail}',
  'validation-failed': 'La demande n’est pas comme il faut : {detail}',
  'token-needed': 'Un jeton est nécessaire',
  'token-unknown': 'Ce jeton est mal écrit ou révoqué',
  'host-refused':
    'Ce nom n’est pas servi ici : prendre l’adresse qu’offair affiche au démarrage, ou ajouter le nom à api.allowedHosts',
  'origin-refused': 'La demande vient de la page d’un autre site',
  'token-scope': 'Ce jeton ne permet pas cela',
  'not-found': 'Introuvable : {detail}',
  'command-refused': 'Commande refusée : {detail}',
  'session-conflict': 'La session n’est pas dans l’état voulu : {detail}',
  'body-too-large': 'La demande est trop longue',
  'too-many-guesses': 'Trop de mauvais jetons depuis cette adresse : attendre un peu, puis réessayer',
  'not-json': 'Seul le JSON est compris',
  internal: 'offair n’y est pas parvenu : la raison est dans son journal',
  'not-ready': 'Pas encore prêt : {detail}',
};
