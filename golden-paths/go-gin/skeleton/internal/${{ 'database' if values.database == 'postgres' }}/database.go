// Package database is the connection to PostgreSQL and the schema in it.
package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is any number, as long as nothing else in this database takes the same one.
const migrationLock = 7_236_049

const retryAfter = time.Second

// Database is a pool that waits for its server: the service starts without one, and is not ready.
type Database struct {
	Pool    *pgxpool.Pool
	log     *slog.Logger
	timeout time.Duration
	// migrated holds nil until the first attempt, then its outcome.
	migrated atomic.Pointer[outcome]
}

type outcome struct{ err error }

// Open makes the pool; it connects to nothing yet. With an empty url, libpq's variables count.
func Open(
	ctx context.Context, url string, poolSize int, timeout time.Duration, log *slog.Logger,
) (*Database, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the address of the database: %w", err)
	}
	config.MaxConns = int32(poolSize)
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("make the pool of connections: %w", err)
	}
	return &Database{Pool: pool, log: log, timeout: timeout}, nil
}

// Prepare brings the schema up to date, and tries again for as long as there is no server.
func (d *Database) Prepare(ctx context.Context) {
	for {
		err := d.migrate(ctx)
		switch {
		case err == nil:
			d.migrated.Store(&outcome{})
			return
		case ctx.Err() != nil:
			return
		case errors.As(err, new(*migrationError)):
			d.log.Error("migration failed", "error", err.Error())
			d.migrated.Store(&outcome{err})
			return
		}
		d.log.Warn("database not reached", "reason", err.Error())
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryAfter):
		}
	}
}

// Ready says why the service must not have requests now.
func (d *Database) Ready(ctx context.Context) error {
	switch migrated := d.migrated.Load(); {
	case migrated == nil:
		return errors.New("the database has not been reached yet")
	case migrated.err != nil:
		return errors.New("the schema could not be brought up to date")
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	if err := d.Pool.Ping(ctx); err != nil {
		return errors.New("the database cannot be reached")
	}
	return nil
}

type migrationError struct {
	name string
	err  error
}

func (e *migrationError) Error() string { return fmt.Sprintf("migration %s: %v", e.name, e.err) }
func (e *migrationError) Unwrap() error { return e.err }

// migrate applies what is missing of migrations/, in the order of the names, all or nothing. The
// lock makes replicas that start together wait for each other; the second finds all done.
func (d *Database) migrate(ctx context.Context) error {
	return pgx.BeginFunc(ctx, d.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", migrationLock); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "create table if not exists schema_migrations ("+
			"name text primary key, applied_at timestamptz not null default now())"); err != nil {
			return &migrationError{"schema_migrations", err}
		}
		rows, err := tx.Query(ctx, "select name from schema_migrations")
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		applied := make(map[string]bool, len(names))
		for _, name := range names {
			applied[name] = true
		}
		return d.applyMissing(ctx, tx, applied)
	})
}

func (d *Database) applyMissing(ctx context.Context, tx pgx.Tx, applied map[string]bool) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted by name
	if err != nil {
		return err
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "migrations/"), ".sql")
		if applied[name] {
			continue
		}
		statements, err := migrations.ReadFile(file)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(statements)); err != nil {
			return &migrationError{name, err}
		}
		if _, err := tx.Exec(ctx, "insert into schema_migrations (name) values ($1)", name); err != nil {
			return &migrationError{name, err}
		}
		d.log.Info("migration applied", "migration", name)
	}
	return nil
}
