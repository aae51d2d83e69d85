import { expect } from 'chai';
import { managementLinks, statusLocation } from '../../../src/http/compatible/links.js';

const base = 'http://127.0.0.1:7071/runtime/webhooks/durabletask';

describe('management URLs', () => {
  const links = managementLinks(base, 'a/b #?%💰', { taskHub: 'My Hub&code=x', connection: undefined });

  it('the id is one encoded segment, and the hub one encoded parameter', () => {
    const id = 'a%2Fb%20%23%3F%25%F0%9F%92%B0';
    const query = 'taskHub=My%20Hub%26code%3Dx&connection=Storage';
    expect(links).to.deep.equal({
      id: 'a/b #?%💰',
      statusQueryGetUri: `${base}/instances/${id}?${query}`,
      sendEventPostUri: `${base}/instances/${id}/raiseEvent/{eventName}?${query}`,
      terminatePostUri: `${base}/instances/${id}/terminate?reason={text}&${query}`,
      purgeHistoryDeleteUri: `${base}/instances/${id}?${query}`,
      restartPostUri: `${base}/instances/${id}/restart?${query}`,
      suspendPostUri: `${base}/instances/${id}/suspend?reason={text}&${query}`,
      resumePostUri: `${base}/instances/${id}/resume?reason={text}&${query}`,
    });
  });

  it('every URL has a query, so that clients can append parameters with &', () => {
    const { id: _id, ...urls } = managementLinks(base, 'a', { taskHub: undefined, connection: undefined });
    for (const url of Object.values(urls)) {
      expect(new URL(`${url}&showInput=false`).searchParams.get('showInput')).to.equal('false');
    }
  });

  it('the location of a status keeps the parameters, and drops the key in any case', () => {
    const query = new URLSearchParams('showHistory=true&code=secret&CODE=secret&taskHub=a b');
    expect(statusLocation(base, 'a/b', query)).to.equal(`${base}/instances/a%2Fb?showHistory=true&taskHub=a+b`);
    expect(statusLocation(base, 'a', new URLSearchParams('code=x'))).to.equal(`${base}/instances/a`);
  });
});
