// SPDX-License-Identifier: MIT
//
// Drives Contentstack's own management SDK against the server of server.c, and compares what becomes of each call with what the
// page of limitations says of it.
//
//     server ... node client.js PACKAGE REASONS [brief]
//
// PACKAGE is the folder of @contentstack/management, REASONS a JSON object of what each clause says to whom it refuses; `brief`
// takes of what is allowed only the first few calls of each kind.  The server gives its port in RULECHECK_PORT.
//
// A call is expected to succeed, to be refused by clauses (their labels, in the order of the policy), or not to be decided at all
// (invalid, or indeterminate).  A refused call must fail in the SDK as the product lets it fail, with the reason of the first
// clause.  Ends with 0 if every call goes as expected.
'use strict'

const fs = require('fs')
const http = require('http')

const [sdk, reasonsFile, brief] = process.argv.slice(2)
const contentstack = require(sdk)
const reasons = JSON.parse(fs.readFileSync(reasonsFile, 'utf8'))
const server = { host: '127.0.0.1', port: process.env.RULECHECK_PORT, insecure: true, retryOnError: false, timeout: 10000 }

const ALLOW = 'allow'
const INVALID = 'invalid'
const INDETERMINATE = 'indeterminate'

// Who calls.  A user's token says by its name which role he holds: the server knows no users.
const user = (role) => contentstack.client({ ...server, authtoken: `${role}-session` })
const owner = user('owner')
const admin = user('admin')
const developer = user('developer')
const nobody = user('unknown')
const oauth = contentstack.client({ ...server, authorization: 'Bearer developer-app' })
const anonymous = contentstack.client({ ...server })
const bearer = contentstack.client({ ...server, authorization: 'cs0123456789' })

// A client that once was given a management token uses it from then on, so each has its own.
const tokenOf = (apiKey) => contentstack.client({ ...server, authtoken: 'owner-session' })
    .stack({ api_key: apiKey, management_token: 'cs0123456789' })

const key = { api_key: 'stack_a' }
const token = tokenOf('stack_a')
const entry = (stack) => stack.contentType('article').entry('entry_uid')
const change = (object, changes) => Object.assign(object, changes)
const named = { name: 'some name' }
const stage = { workflow_stage: { uid: 'stage', comment: 'done' } }
const field = { title: 'e', data_type: 'text', type: 'field', tags: [], multiple: false }
const publishing = { publishDetails: { environments: ['live'], locales: ['en-us'] } }
const request = (status) => ({ publishing_rule: { uid: 'rule', action: 'publish', status, notify: false } })

// An error in the form of the SDK's own.
const refusal = (status, data) => Object.assign(new Error('refused'),
    { status, errorCode: data.error_code, errorMessage: data.error_message, errors: data.errors })

// Requests that the SDK does not make.
const raw = (headers, path) => new Promise((resolve, reject) => {
    http.get({ host: server.host, port: server.port, path, headers }, (response) => {
        let text = ''

        response.on('data', (chunk) => { text += chunk })
        response.on('end', () => {
            const data = JSON.parse(text)

            if (response.statusCode === 200) resolve(data)
            else reject(refusal(response.statusCode, data))
        })
    }).on('error', reject)
})

// The calls of every module.
const stackCalls = (stack) => [
    ['stack.fetch', () => stack.fetch()],
    ['stack.update', () => change(stack, named).update()],
    ['stack.delete', () => stack.delete()],
    ['stack.users', () => stack.users()],
    ['stack.updateUsersRoles', () => stack.updateUsersRoles({ user: ['role'] })],
    ['stack.transferOwnership', () => stack.transferOwnership('a@example.com')],
    ['stack.settings', () => stack.settings()],
    ['stack.addSettings', () => stack.addSettings({ discrete_variables: {} })],
    ['stack.resetSettings', () => stack.resetSettings()],
]
const membershipCalls = (stack) => [
    ['stack.share', () => stack.share(['a@example.com'], { 'a@example.com': ['role'] })],
    ['stack.unShare', () => stack.unShare('a@example.com')],
]
const tokenCalls = (stack) => [
    ['deliveryToken.query', () => stack.deliveryToken().query().find()],
    ['deliveryToken.fetch', () => stack.deliveryToken('uid').fetch()],
    ['deliveryToken.create', () => stack.deliveryToken().create({ token: named })],
    ['deliveryToken.update', () => change(stack.deliveryToken('uid'), named).update()],
    ['deliveryToken.delete', () => stack.deliveryToken('uid').delete()],
    ['previewToken.create', () => stack.deliveryToken('uid').previewToken().create()],
    ['previewToken.delete', () => stack.deliveryToken('uid').previewToken().delete()],
    ['managementToken.query', () => stack.managementToken().query().find()],
    ['managementToken.fetch', () => stack.managementToken('uid').fetch()],
    ['managementToken.update', () => change(stack.managementToken('uid'), named).update()],
]
const organizationCalls = (client) => {
    const organization = () => client.organization('org')
    const team = () => organization().teams('team')

    return [
        ['organization.fetchAll', () => client.organization().fetchAll()],
        ['organization.fetch', () => organization().fetch()],
        ['organization.stacks', () => organization().stacks()],
        ['organization.roles', () => organization().roles()],
        ['organization.addUser', () => organization().addUser({ users: { 'a@example.com': ['role'] } })],
        ['organization.getInvitations', () => organization().getInvitations()],
        ['organization.resendInvitation', () => organization().resendInvitation('invitation')],
        ['organization.transferOwnership', () => organization().transferOwnership('a@example.com')],
        ['teams.fetchAll', () => organization().teams().fetchAll()],
        ['teams.create', () => organization().teams().create({ name: 'team' })],
        ['teams.fetch', () => team().fetch()],
        ['teams.update', () => team().update(named)],
        ['teams.delete', () => team().delete()],
        ['teamUsers.fetchAll', () => team().teamUsers().fetchAll()],
        ['teamUsers.add', () => team().teamUsers().add({ emails: ['a@example.com'] })],
        ['teamUsers.remove', () => team().teamUsers('user').remove()],
        ['stackRoleMappings.fetchAll', () => team().stackRoleMappings().fetchAll()],
        ['stackRoleMappings.add', () => team().stackRoleMappings().add({ stackApiKey: 'stack_a', roles: ['role'] })],
        ['stackRoleMappings.update', () => team().stackRoleMappings('stack_a').update({ roles: ['role'] })],
        ['stackRoleMappings.delete', () => team().stackRoleMappings('stack_a').delete()],
    ]
}
const sessionCalls = (client) => [
    ['login', () => client.login({ email: 'a@example.com', password: 'secret' })],
    ['logout', () => client.logout()],
]
const receivedCalls = (stack) => [
    ['entry.publishRequest 1', () => entry(stack).publishRequest(request(1))],
    ['entry.publishRequest -1', () => entry(stack).publishRequest(request(-1))],
    ['entry.publishRequest 1, locale', () => entry(stack).publishRequest({ ...request(1), locale: 'de-de' })],
    ['entry.publishRequest "1"', () => entry(stack).publishRequest(request('1'))],
    ['entry.publishRequest without status', () => entry(stack).publishRequest(request(undefined))],
]
const contentCalls = (stack) => [
    ['contentType.query', () => stack.contentType().query({ include_count: true }).find()],
    ['contentType.fetch', () => stack.contentType('article').fetch()],
    ['contentType.create', () => stack.contentType().create({ content_type: { uid: 'article', schema: [] } })],
    ['contentType.update', () => change(stack.contentType('article'), { title: 'Article' }).update()],
    ['contentType.references', () => stack.contentType('article').references()],
    ['contentType.import', () => stack.contentType().import({ content_type: __filename })],
    ['contentType.delete', () => stack.contentType('article').delete()],
    ['globalField.query', () => stack.globalField().query().find()],
    ['globalField.create', () => stack.globalField().create({ global_field: { title: 'Seo', uid: 'seo', schema: [] } })],
    ['globalField.update', () => change(stack.globalField('seo', { api_version: '3.2' }), { title: 'Seo' }).update()],
    ['globalField.import', () => stack.globalField().import({ global_field: __filename })],
    ['globalField.delete', () => stack.globalField('seo').delete()],
    ['entry.query', () => stack.contentType('article').entry().query({ query: { title: 'a&b "c"' } }).find()],
    ['entry.fetch', () => entry(stack).fetch({ include_workflow: true })],
    ['entry.create', () => stack.contentType('article').entry().create({ entry: { title: 'A' } })],
    ['entry.update', () => change(entry(stack), { title: 'B' }).update({ locale: 'de-de' })],
    ['entry.locales', () => entry(stack).locales()],
    ['entry.references', () => entry(stack).references()],
    ['entry.import', () => stack.contentType('article').entry().import({ entry: __filename, locale: 'en-us' })],
    ['entry.publish', () => entry(stack).publish(publishing)],
    ['entry.unpublish', () => entry(stack).unpublish(publishing)],
    ['entry.publishRequest 0', () => entry(stack).publishRequest(request(0))],
    ['entry.setWorkflowStage', () => entry(stack).setWorkflowStage(stage)],
    ['entry.delete', () => entry(stack).delete()],
    ['variants.query', () => entry(stack).variants().query().find()],
    ['variants.fetch', () => entry(stack).variants('variant').fetch()],
    ['variants.update', () => entry(stack).variants('variant').update({ entry: { title: 'C' } })],
    ['variants.versions', () => entry(stack).variants('variant').versions()],
    ['variants.delete', () => entry(stack).variants('variant').delete()],
    ['asset.query', () => stack.asset().query().find()],
    ['asset.fetch', () => stack.asset('asset_uid').fetch()],
    ['asset.create', () => stack.asset().create({ upload: __filename, title: 'this file' })],
    ['asset.replace', () => stack.asset('asset_uid').replace({ upload: __filename })],
    ['asset.update', () => change(stack.asset('asset_uid'), { title: 'a file' }).update()],
    ['asset.publish', () => stack.asset('asset_uid').publish(publishing)],
    ['asset.unpublish', () => stack.asset('asset_uid').unpublish(publishing)],
    ['asset.getReferences', () => stack.asset('asset_uid').getReferences()],
    ['asset.delete', () => stack.asset('asset_uid').delete()],
    ['folder.create', () => stack.asset().folder().create({ asset: { name: 'folder' } })],
    ['folder.fetch', () => stack.asset().folder('folder_uid').fetch()],
    ['folder.delete', () => stack.asset().folder('folder_uid').delete()],
    ['bulkOperation.publish', () => stack.bulkOperation().publish({ details: { entries: [] } })],
    ['bulkOperation.unpublish', () => stack.bulkOperation().unpublish({ details: { entries: [] } })],
    ['bulkOperation.delete', () => stack.bulkOperation().delete({ details: { entries: [] } })],
    ['bulkOperation.update', () => stack.bulkOperation().update({ entries: [], workflow: stage })],
    ['bulkOperation.addItems', () => stack.bulkOperation().addItems({ data: { items: [] } })],
    ['bulkOperation.updateItems', () => stack.bulkOperation().updateItems({ data: { items: [] } })],
    ['bulkOperation.jobStatus', () => stack.bulkOperation().jobStatus({ job_id: 'job' })],
    ['bulkOperation.jobStatus of no job', () => stack.bulkOperation().jobStatus({ job_id: '' })],
    ['bulkOperation.getJobItems', () => stack.bulkOperation().getJobItems('job')],
    ['bulkOperation.getJobItems of no job', () => stack.bulkOperation().getJobItems('')],
    ['release.query', () => stack.release().query().find()],
    ['release.create', () => stack.release().create({ release: { name: 'release' } })],
    ['release.update', () => change(stack.release('release_uid'), named).update()],
    ['release.deploy', () => stack.release('release_uid').deploy({ environments: ['live'], action: 'publish' })],
    ['release.clone', () => stack.release('release_uid').clone({ name: 'clone', description: '' })],
    ['releaseItem.create', () => stack.release('release_uid').item().create({ items: [{ uid: 'entry_uid' }] })],
    ['releaseItem.findAll', () => stack.release('release_uid').item().findAll()],
    ['releaseItem.move', () => stack.release('release_uid').item().move({ param: { release_uid: 'other', items: [] } })],
    ['releaseItem.delete', () => stack.release('release_uid').item().delete({ items: [] })],
    ['release.delete', () => stack.release('release_uid').delete()],
    ['taxonomy.query', () => stack.taxonomy().query().find()],
    ['taxonomy.create', () => stack.taxonomy().create({ taxonomy: { uid: 'taxonomy', name: 'taxonomy' } })],
    ['taxonomy.localize', () => stack.taxonomy('taxonomy').localize({ taxonomy: named }, { locale: 'de-de' })],
    ['taxonomy.export', () => stack.taxonomy('taxonomy').export()],
    ['taxonomy.import', () => stack.taxonomy().import({ taxonomy: __filename })],
    ['taxonomy.publish', () => stack.taxonomy().publish({ locales: [], environments: [], items: [] })],
    ['taxonomy.delete', () => stack.taxonomy('taxonomy').delete()],
    ['terms.query', () => stack.taxonomy('taxonomy').terms().query().find()],
    ['terms.create', () => stack.taxonomy('taxonomy').terms().create({ term: { uid: 'term', name: 'term' } })],
    ['terms.ancestors', () => stack.taxonomy('taxonomy').terms('term').ancestors()],
    ['terms.descendants', () => stack.taxonomy('taxonomy').terms('term').descendants()],
    ['terms.move', () => stack.taxonomy('taxonomy').terms('term').move({ term: { parent_uid: 'parent', order: 1 } })],
    ['terms.search', () => stack.taxonomy('taxonomy').terms().search('ter')],
    ['terms.delete', () => stack.taxonomy('taxonomy').terms('term').delete()],
    ['variantGroup.query', () => stack.variantGroup().query().find()],
    ['variantGroup.create', () => stack.variantGroup().create({ ...named, content_types: [] })],
    ['variantGroup.update', () => stack.variantGroup('group').update(named)],
    ['variantGroup.variants.create', () => stack.variantGroup('group').variants().create(named)],
    ['variantGroup.variants.query', () => stack.variantGroup('group').variants().query().find()],
    ['variantGroup.delete', () => stack.variantGroup('group').delete()],
]
const setupCalls = (stack) => [
    ['branch.query', () => stack.branch().query().find()],
    ['branch.fetch', () => stack.branch('main').fetch()],
    ['branch.create', () => stack.branch().create({ branch: { uid: 'next', source: 'main' } })],
    ['branch.updateSettings', () => stack.branch('main').updateSettings({ branch: { settings: {} } })],
    ['branch.compare', () => stack.branch('main').compare('next').all()],
    ['branch.compare.contentTypes', () => stack.branch('main').compare('next').contentTypes()],
    ['branch.compare.globalFields', () => stack.branch('main').compare('next').globalFields({ uid: 'seo' })],
    ['branch.merge', () => stack.branch().merge({}, { base_branch: 'main', compare_branch: 'next' })],
    ['branch.mergeQueue', () => stack.branch().mergeQueue('job').fetch()],
    ['branch.delete', () => stack.branch('next').delete()],
    ['branchAlias.fetchAll', () => stack.branchAlias().fetchAll()],
    ['branchAlias.createOrUpdate', () => stack.branchAlias('stable').createOrUpdate('main')],
    ['branchAlias.delete', () => stack.branchAlias('stable').delete()],
    ['environment.query', () => stack.environment().query().find()],
    ['environment.create', () => stack.environment().create({ environment: { name: 'live', urls: [] } })],
    ['environment.delete', () => stack.environment('live').delete()],
    ['locale.query', () => stack.locale().query().find()],
    ['locale.create', () => stack.locale().create({ locale: { code: 'de-de' } })],
    ['locale.delete', () => stack.locale('de-de').delete()],
    ['extension.query', () => stack.extension().query().find()],
    ['extension.create', () => stack.extension().create({ extension: field })],
    ['extension.upload', () => stack.extension().upload({ ...field, upload: __filename })],
    ['extension.delete', () => stack.extension('uid').delete()],
    ['label.query', () => stack.label().query().find()],
    ['label.create', () => stack.label().create({ label: { name: 'l', content_types: [] } })],
    ['role.fetchAll', () => stack.role().fetchAll()],
    ['role.create', () => stack.role().create({ role: { name: 'r', rules: [] } })],
    ['webhook.fetchAll', () => stack.webhook().fetchAll()],
    ['webhook.create', () => stack.webhook().create({ webhook: { name: 'w', destinations: [], channels: [] } })],
    ['webhook.import', () => stack.webhook().import({ webhook: __filename })],
    ['webhook.executions', () => stack.webhook('uid').executions()],
    ['webhook.retry', () => stack.webhook('uid').retry('execution')],
    ['workflow.fetchAll', () => stack.workflow().fetchAll()],
    ['workflow.create', () => stack.workflow().create({ workflow: { ...named, workflow_stages: [] } })],
    ['workflow.enable', () => stack.workflow('uid').enable()],
    ['workflow.disable', () => stack.workflow('uid').disable()],
    ['workflow.contentType.getPublishRules', () => stack.workflow().contentType('article').getPublishRules()],
    ['publishRule.fetchAll', () => stack.workflow().publishRule().fetchAll()],
    ['publishRule.create', () => stack.workflow().publishRule().create({ publishing_rule: { workflow: 'uid', actions: [] } })],
    ['publishRule.delete', () => stack.workflow().publishRule('rule').delete()],
    ['auditLog.fetchAll', () => stack.auditLog().fetchAll()],
    ['auditLog.fetch', () => stack.auditLog('log').fetch()],
]

const long = (calls) => brief ? calls.slice(0, 5) : calls
const as = (who, expected, calls) => calls.map(([name, call]) => ({ name: `${who}: ${name}`, expected, call }))
const one = (who, expected, name, call) => as(who, expected, [[name, call]])

const create = (stack, rates) => stack.managementToken().create({ token: { ...named, scope: [], rate_limit: rates } })
const creates = (who, client, apiKey, expected, rates) =>
    one(who, expected, `managementToken.create ${JSON.stringify(rates)}`, () => create(client.stack({ api_key: apiKey }), rates))
const changes = (who, stack, rates, expected) => one(who, expected, `managementToken.update ${JSON.stringify(rates)}`,
    () => change(stack.managementToken('uid'), { rate_limit: rates }).update())

const calls = [
    // 3. The four modules, each with every call that the SDK has for it; the fifth sentence is about two of them.
    ...as('token', ['modules'], stackCalls(token)),
    ...as('token', ['modules', 'membership'], membershipCalls(token)),
    ...as('token', ['modules'], tokenCalls(token)),
    ...one('token', ['modules'], 'managementToken.create', () => create(token)),
    ...as('token', ['modules'], organizationCalls(bearer)),
    ...as('token', ['modules'], sessionCalls(bearer)),

    // 4. What it may do with publish requests, and what not.
    ...as('token', ['publish_requests'], receivedCalls(token)),

    // What it is made for.
    ...as('token', ALLOW, long(contentCalls(token))),
    ...as('token', ALLOW, long(setupCalls(token))),

    // Users and apps are bound by none of these, with whatever role.
    ...as('owner', ALLOW, long(stackCalls(owner.stack(key)))),
    ...as('developer', ALLOW, membershipCalls(developer.stack(key))),
    ...as('developer', ALLOW, long(tokenCalls(developer.stack(key)))),
    ...as('unknown', ALLOW, long(organizationCalls(nobody))),
    ...as('owner', ALLOW, sessionCalls(user('owner'))), // who logs out has no credential any more
    ...as('developer', ALLOW, receivedCalls(developer.stack(key)).slice(0, 3)),
    ...as('developer', INDETERMINATE, receivedCalls(developer.stack(key)).slice(3)),
    ...as('unknown', ALLOW, long(contentCalls(nobody.stack(key)))),
    ...as('app', ALLOW, long(setupCalls(oauth.stack(key)))),
    ...as('app', ALLOW, stackCalls(oauth.stack(key))),

    // 2. Who creates a management token.  No such call gets through, so that the stack keeps to the 27 that it has at first.
    ...['developer', 'content_manager', 'custom', 'none'].flatMap((role) => creates(role, user(role), 'stack_b', ['token_creation'])),
    ...creates('app', oauth, 'stack_b', ['token_creation']),
    ...creates('unknown', nobody, 'stack_b', INDETERMINATE),

    // 6. Custom rates: the organization's are 10 for reading and 10 for writing.
    ...changes('owner', owner.stack({ api_key: 'stack_b' }), { read: 9, write: 9 }, ALLOW),
    ...changes('owner', owner.stack({ api_key: 'stack_b' }), { read: 10, write: 10 }, ALLOW),
    ...changes('owner', owner.stack({ api_key: 'stack_b' }), { read: 11, write: 10 }, ['read_rate']),
    ...changes('owner', owner.stack({ api_key: 'stack_b' }), { read: 10, write: 11 }, ['write_rate']),
    ...changes('owner', owner.stack({ api_key: 'stack_b' }), { read: 11, write: 11 }, ['read_rate', 'write_rate']),
    ...changes('owner', owner.stack({ api_key: 'stack_b' }), { read: 11 }, ['read_rate']),
    ...changes('owner', owner.stack({ api_key: 'stack_b' }), { write: 11 }, ['write_rate']),
    ...changes('token', token, { read: 10, write: 11 }, ['modules', 'write_rate']),
    ...creates('owner', owner, 'stack_b', ['read_rate'], { read: 11, write: 10 }),
    ...creates('developer', developer, 'stack_b', ['token_creation', 'read_rate', 'write_rate'], { read: 11, write: 11 }),

    // 1. How many: the 28th, 29th and 30th, then one too many, until one is deleted.
    ...creates('owner', owner, 'stack_c', ALLOW),
    ...creates('admin', admin, 'stack_c', ALLOW),
    ...creates('owner', owner, 'stack_c', ALLOW),
    ...creates('owner', owner, 'stack_c', ['token_count']),
    ...creates('admin', admin, 'stack_c', ['token_count', 'write_rate'], { write: 11 }),
    ...creates('developer', developer, 'stack_c', ['token_count', 'token_creation']),
    ...one('token', ['token_count', 'modules'], 'managementToken.create', () => create(tokenOf('stack_c'))),
    ...one('developer', ALLOW, 'managementToken.delete',
        () => developer.stack({ api_key: 'stack_c' }).managementToken('uid').delete()),
    ...creates('owner', owner, 'stack_c', ALLOW),
    ...creates('owner', owner, 'stack_c', ['token_count']),

    // Outside of the page: without a credential, with two, and at an address that is none of the product's.
    ...as('anonymous', INVALID, sessionCalls(anonymous).slice(0, 1)),
    ...one('anonymous', INVALID, 'getUser', () => anonymous.getUser()),
    ...one('two', INVALID, 'GET /v3/user', () => raw({ authorization: 'cs0', authtoken: 'owner-session' }, '/v3/user')),
    ...one('owner', INVALID, 'GET /v3/nowhere', () => owner.axiosInstance.get('/nowhere')
        .catch((error) => { throw refusal(error.response.status, error.response.data) })),
    ...one('token', INVALID, 'GET /v3/labels/../stacks', () => raw({ authorization: 'cs0' }, '/v3/labels/%2e%2e/stacks')),
]

// What became of the call, in the words of `expected`, or what is wrong with it.
async function outcome (call) {
    let error

    try {
        await call()
        return ALLOW
    } catch (e) {
        error = e
    }
    const { status, errorCode, errorMessage } = error

    if (status === 422 && errorCode === 0) return String(errorMessage).startsWith('undecided') ? INDETERMINATE : INVALID
    if (status !== 401 || errorCode !== 105) return `failed with ${status}/${errorCode}: ${errorMessage || error.message}`

    const labels = Object.keys(error.errors || {})
    const reason = reasons[labels[0]]

    if (reason === undefined || errorMessage !== reason) return `refused by ${labels} with '${errorMessage}'`
    return labels.join(', ')
}

async function main () {
    const counts = { [ALLOW]: 0, [INVALID]: 0, [INDETERMINATE]: 0, denied: 0, differ: 0 }
    const labels = {}

    for (const { name, expected, call } of calls) {
        const want = Array.isArray(expected) ? expected.join(', ') : expected
        const got = await outcome(call)

        counts[Array.isArray(expected) ? 'denied' : expected]++
        if (Array.isArray(expected)) for (const label of expected) labels[label] = (labels[label] || 0) + 1
        if (got === want) continue
        counts.differ++
        console.log(`${name}: expected ${want}, got ${got}`)
    }
    for (const label of Object.keys(reasons)) console.log(`${label}: ${labels[label] || 0} calls`)
    console.log(`${calls.length} calls: ${counts[ALLOW]} allowed, ${counts.denied} denied, ` +
        `${counts[INVALID] + counts[INDETERMINATE]} not decided; ${counts.differ} differ`)
    process.exit(counts.differ === 0 ? 0 : 1)
}

main().catch((error) => {
    console.log(error.stack)
    process.exit(2)
})
