/**
 * What the sources of the session signal say of themselves, in French. `{why}` is what a network, a server or the disk
 * said, as it said it.
 * @type {Record<string, string>}
 */
export default {
  'not-heard': 'pas encore entendue',
  'obs-idle': 'OBS ne diffuse pas',
  'obs-streams': 'OBS diffuse',
  'obs-reconnects': 'OBS rétablit sa connexion',
  'obs-stopping': 'OBS termine sa diffusion',
  'obs-idle-records': 'OBS ne diffuse pas et enregistre',
  'obs-streams-records': 'OBS diffuse et enregistre',
  'obs-reconnects-records': 'OBS rétablit sa connexion et enregistre',
  'obs-stopping-records': 'OBS termine sa diffusion et enregistre',
  'obs-closed': 'OBS a été fermé',
  'obs-kicked': 'OBS a exclu offair : redémarrer offair quand il peut revenir',
  'obs-refused':
    'OBS refuse le mot de passe : donner au secret obs_password celui d’OBS, dans Outils, Paramètres du serveur WebSocket',
  'obs-version': 'OBS parle une autre version d’obs-websocket : il faut OBS 28 ou plus récent',
  'obs-away': 'OBS à {url} ne répond pas ({why})',
  'rtmp-waits': 'le serveur RTMP n’a pas encore appelé',
  'rtmp-idle': 'rien n’est publié',
  'rtmp-published': 'flux publiés : {streams}',
  'rtmp-unsure':
    'flux publiés avant le démarrage d’offair, dont personne n’a dit la fin : {streams}. Terminer la session quand c’est fini',
  'mediamtx-idle': 'rien n’est publié sur MediaMTX',
  'mediamtx-published': 'flux publiés sur MediaMTX : {streams}',
  'mediamtx-stalled': 'flux publiés sur MediaMTX : {streams}, mais rien n’est arrivé depuis {seconds} s',
  'mediamtx-refused': 'MediaMTX à {url} ne laisse pas entrer offair : donner username et le secret mediamtx_password',
  'mediamtx-away': 'MediaMTX à {url} ne répond pas comme il faut ({why})',
  'plan-idle': 'aucun direct prévu en ce moment',
  'plan-live': 'prévu : {titles}',
  'calendar-unset': 'pas d’adresse d’agenda : donner file, url, ou le secret calendar_url',
  'calendar-reading': 'lecture de l’agenda en cours',
  'calendar-failed': 'agenda {calendar} inaccessible : {why}',
  'calendar-old': 'd’après l’agenda {calendar} d’il y a {minutes} minutes ; depuis : {why}',
  'calendar-all-day': 'les événements d’une journée entière ne sont pas des directs : {count} écartés',
  'calendar-unreadable': 'événements incompréhensibles : {count} écartés',
  'calendar-too-many': 'trop d’événements : les {count} derniers écartés',
  'encoder-looking': 'examen des directs passés en cours',
  'encoder-unlearned': 'impossible d’examiner les directs passés : {why}',
  'encoder-learning': 'apprentissage : {lives} directs vus sur {of}',
  'encoder-alike':
    'sa consommation en direct ({liveWatts} W et plus) ne se distingue pas de celle entre les directs (jusqu’à {idleWatts} W)',
  'encoder-unheard': 'consommation de {plug} inconnue',
  'encoder-live': '{plug} consomme {liveWatts} W ou plus, comme en direct',
  'encoder-draws': '{plug} consomme {watts} W : un direct à partir de {liveWatts} W, aucun jusqu’à {idleWatts} W',
  'encoder-learned': 'appris de {lives} directs',
};
