// The server's HTTP API. Every failure becomes an ApiError whose message can be shown to the candidate.

export class ApiError extends Error {
  /** `status` is the HTTP status, 0 when the server could not be reached; `body` is the JSON that came with it. */
  constructor(message, status, body = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.body = body;
  }
}

/** Fetch, with the session's token where one is given; throws ApiError unless the answer is 2xx. */
export async function request(path, { token, ...options } = {}) {
  const headers = new Headers(options.headers);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The server cannot be reached. Check that it is running.", 0);
  }
  if (!response.ok) throw await refused(response);
  return response;
}

export async function getJson(path, options) {
  return (await request(path, options)).json();
}

export async function postJson(path, body, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return (await request(path, { ...options, method: "POST", headers, body: JSON.stringify(body) })).json();
}

async function refused(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    // A proxy in between may answer with something other than JSON.
  }
  const said = typeof body?.error === "string" && body.error;
  return new ApiError(said || `The server answered ${response.status}. Try again.`, response.status, body);
}
