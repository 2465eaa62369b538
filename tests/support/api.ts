/** What a real daemon answers; with a body it is a POST. @throws Error with status and answer when it refuses */
export async function callApi<T = Awaited<ReturnType<Response['json']>>>(
  url: string,
  path: string,
  body?: object,
): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : {};
  const answer = await fetch(`${url}/api/v1/${path}`, init);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
