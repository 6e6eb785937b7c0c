package items

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Postgres keeps items in a table.
type Postgres struct {
	pool    *pgxpool.Pool
	timeout time.Duration
}

// NewPostgres keeps items behind pool; each call may take as long as timeout.
func NewPostgres(pool *pgxpool.Pool, timeout time.Duration) *Postgres {
	return &Postgres{pool, timeout}
}

// Count implements [Store].
func (p *Postgres) Count(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	var count int64
	err := p.pool.QueryRow(ctx, "select count(*) from items").Scan(&count)
	return count, explain("count items", err)
}

// List implements [Store].
func (p *Postgres) List(ctx context.Context, after int64, limit int) ([]Item, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	rows, err := p.pool.Query(ctx,
		"select id, name, created_at from items where id > $1 order by id limit $2", after, limit)
	if err != nil {
		return nil, explain("list items", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Item])
	return found, explain("list items", err)
}

// Add implements [Store].
func (p *Postgres) Add(ctx context.Context, name string) (Item, error) {
	if err := Check(name); err != nil {
		return Item{}, err
	}
	return p.one(ctx, "add an item",
		"insert into items (name) values ($1) returning id, name, created_at", name)
}

// Find implements [Store].
func (p *Postgres) Find(ctx context.Context, id int64) (Item, error) {
	return p.one(ctx, "find an item", "select id, name, created_at from items where id = $1", id)
}

// Remove implements [Store].
func (p *Postgres) Remove(ctx context.Context, id int64) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	done, err := p.pool.Exec(ctx, "delete from items where id = $1", id)
	if err == nil && done.RowsAffected() == 0 {
		return ErrNotFound
	}
	return explain("remove an item", err)
}

func (p *Postgres) one(ctx context.Context, what, query string, argument any) (Item, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	rows, err := p.pool.Query(ctx, query, argument)
	if err != nil {
		return Item{}, explain(what, err)
	}
	item, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Item])
	return item, explain(what, err)
}

// explain says what failed; whatever the server did not answer itself means that it is not there.
func explain(what string, err error) error {
	var answered *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &answered) && !isOutage(answered.Code):
		return fmt.Errorf("%s: %w", what, err)
	default:
		return fmt.Errorf("%s: %w: %w", what, ErrUnavailable, err)
	}
}

// isOutage knows PostgreSQL's classes of error codes for connections, resources and operators.
func isOutage(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57")
}
