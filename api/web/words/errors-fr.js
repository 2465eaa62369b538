/**
 * Why the API did not do what it was asked, in French, by the code of the error. `{detail}` is what it said of it.
 * @type {Readonly<Record<string, string>>}
 */
export default {
  'bad-request': 'La demande est illisible : {detail}',
  'validation-failed': 'La demande n’est pas comme attendu : {detail}',
  'token-needed': 'Il faut un jeton',
  'token-unknown': 'Ce jeton n’est pas connu : mal saisi, ou révoqué',
  'host-refused': 'offair n’est pas servi sous ce nom : {detail}',
  'origin-refused': 'Les pages d’autres sites ne peuvent pas commander offair',
  'token-scope': 'Ce jeton ne permet pas cela',
  'not-found': 'Introuvable : {detail}',
  'command-refused': 'Ordre refusé : {detail}',
  'session-conflict': '{detail}',
  'body-too-large': 'La demande est trop grande : 64 ko au plus',
  'too-many-guesses': 'Trop de jetons faux de cette adresse : réessayer plus tard',
  'not-json': 'Seul le JSON est compris',
  internal: 'offair a échoué ; la cause est dans son journal système',
  'not-ready': 'Pas encore prêt : {detail}',
};
