// Package items keeps items: an example of a resource that lives in the database.
package items

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxName is how many characters a name may have.
const MaxName = 200

var (
	// ErrNotFound says that there is no item with that id.
	ErrNotFound = errors.New("there is no such item")
	// ErrUnavailable says that the database cannot be reached.
	ErrUnavailable = errors.New("the database cannot be reached")
)

// InvalidError says what is wrong with an item.
type InvalidError string

func (e InvalidError) Error() string { return string(e) }

// Item is one row.
type Item struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
}

// Store is where items are kept; the tests have one in memory.
type Store interface {
	Count(ctx context.Context) (int64, error)
	// List returns the items after an id, in the order of their ids.
	List(ctx context.Context, after int64, limit int) ([]Item, error)
	Add(ctx context.Context, name string) (Item, error)
	Find(ctx context.Context, id int64) (Item, error)
	Remove(ctx context.Context, id int64) error
}

// Check says what is wrong with a name.
func Check(name string) error {
	if length := utf8.RuneCountInString(name); length < 1 || length > MaxName {
		return InvalidError("name: 1 to 200 characters were expected")
	}
	if strings.ContainsRune(name, 0) {
		return InvalidError("name: the character NUL is not allowed")
	}
	return nil
}
