-- Tokens whose contract is still to be asked for its name, symbol and decimals; filled by the ledger's transaction, emptied by a
-- pass of its own. `next_try` null: at once. `status` pending, or failed: asked often enough without a usable answer. `attempts` are
-- such answers, `silences` requests in a row without any. Contracts whose code is not known wait here until it is; then they are asked, or leave.
create table metadata_queue (
    token_id uuid primary key,
    contract_id text not null,
    status text not null default 'pending' check (status in ('pending', 'failed')),
    attempts integer not null default 0,
    silences integer not null default 0,
    next_try timestamptz,
    last_error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index metadata_queue_due on metadata_queue (next_try nulls first, token_id) where status = 'pending';
