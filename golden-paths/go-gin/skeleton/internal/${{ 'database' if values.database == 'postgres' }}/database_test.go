package database_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"services.internal/${{ values.name }}/internal/database"
	"services.internal/${{ values.name }}/internal/items"
)

const timeout = 2 * time.Second

// open connects to a schema of its own, which is removed afterwards.
func open(t *testing.T, replicas int) []*database.Database {
	t.Helper()
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		t.Skip("DATABASE_URL is not set")
	}
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	schema := fmt.Sprintf("test_%d", time.Now().UnixNano())
	if _, err := connection.Exec(ctx, "create schema "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := connection.Exec(ctx, "drop schema "+schema+" cascade"); err != nil {
			t.Error(err)
		}
		_ = connection.Close(ctx)
	})
	t.Setenv("PGOPTIONS", "-c search_path="+schema)
	var opened []*database.Database
	for range replicas {
		db, err := database.Open(ctx, url, 2, timeout, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Pool.Close)
		opened = append(opened, db)
	}
	return opened
}

func TestReplicasThatStartTogetherMigrateOnce(t *testing.T) {
	ctx := context.Background()
	replicas := open(t, 4)
	var group sync.WaitGroup
	for _, db := range replicas {
		group.Go(func() { db.Prepare(ctx) })
	}
	group.Wait()
	for _, db := range replicas {
		if err := db.Ready(ctx); err != nil {
			t.Error(err)
		}
	}
	var applied int
	row := replicas[0].Pool.QueryRow(ctx, "select count(*) from schema_migrations")
	if err := row.Scan(&applied); err != nil || applied != 1 {
		t.Errorf("%d migrations are applied: %v", applied, err)
	}
}

func TestItemsAreKept(t *testing.T) {
	ctx := context.Background()
	db := open(t, 1)[0]
	db.Prepare(ctx)
	store := items.NewPostgres(db.Pool, timeout)

	added, err := store.Add(ctx, "first")
	if err != nil {
		t.Fatal(err)
	}
	if found, err := store.Find(ctx, added.ID); err != nil || found != added {
		t.Errorf("found %v, %v", found, err)
	}
	if listed, err := store.List(ctx, 0, 10); err != nil || len(listed) != 1 {
		t.Errorf("listed %v, %v", listed, err)
	}
	if count, err := store.Count(ctx); err != nil || count != 1 {
		t.Errorf("counted %d, %v", count, err)
	}
	if err := store.Remove(ctx, added.ID); err != nil {
		t.Error(err)
	}
	if _, err := store.Find(ctx, added.ID); !errors.Is(err, items.ErrNotFound) {
		t.Errorf("after its removal: %v", err)
	}
}

func TestWithoutItsServerItIsNotReady(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	db, err := database.Open(
		ctx, "postgres://nobody@127.0.0.1:1/none", 1, timeout, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Pool.Close()
	prepared := make(chan struct{})
	go func() { db.Prepare(ctx); close(prepared) }()
	if err := db.Ready(ctx); err == nil {
		t.Error("it is ready")
	}
	_, err = items.NewPostgres(db.Pool, timeout).Count(ctx)
	if !errors.Is(err, items.ErrUnavailable) {
		t.Errorf("the error is %v", err)
	}
	cancel()
	<-prepared
}
