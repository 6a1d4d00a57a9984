// SPDX-License-Identifier: BSD-3-Clause

// A crowd of goroutines that sign with one key of crypto11, with its pool of
// sessions and with a session for each signature. These tests are added to
// crypto11's own.
package crypto11

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"
	"sync"
	"testing"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"
)

const (
	crowdSize          = 250
	crowdSignatures    = 4
	crowdOwnSignatures = 4
)

// Each member runs `live` as often as it signs, all members at once.
func crowdRun(t *testing.T, signatures int, live func(digest []byte) error) {
	var members sync.WaitGroup
	start := make(chan struct{})
	failures := make(chan error, crowdSize)

	for member := 0; member < crowdSize; member++ {
		members.Add(1)
		go func(member int) {
			defer members.Done()
			<-start
			for turn := 0; turn < signatures; turn++ {
				digest := sha256.Sum256([]byte(fmt.Sprint(member, turn)))
				if err := live(digest[:]); err != nil {
					failures <- err
					return
				}
			}
		}(member)
	}
	close(start)
	members.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
}

// A key, and what is to be done when the test is over.
func crowdKey(t *testing.T) (*Context, *pkcs11PrivateKeyECDSA, func()) {
	ctx, err := ConfigureFromFile("config")
	require.NoError(t, err)
	key, err := ctx.GenerateECDSAKeyPair(randomBytes(), elliptic.P256())
	require.NoError(t, err)
	return ctx, key.(*pkcs11PrivateKeyECDSA), func() {
		require.NoError(t, key.Delete())
		require.NoError(t, ctx.Close())
	}
}

func crowdVerify(key *pkcs11PrivateKeyECDSA, digest []byte, r, s *big.Int) error {
	public := key.Public().(*ecdsa.PublicKey)
	if !ecdsa.Verify(public, digest, r, s) {
		return fmt.Errorf("a wrong signature")
	}
	digest[0] ^= 1
	if ecdsa.Verify(public, digest, r, s) {
		return fmt.Errorf("a signature of anything")
	}
	return nil
}

// Its pool opens a session for each signature until it has a thousand.
func TestCrowdWithPool(t *testing.T) {
	ctx, key, end := crowdKey(t)
	defer end()

	require.GreaterOrEqual(t, ctx.pool.Capacity(), int64(crowdSize*crowdSignatures))
	crowdRun(t, crowdSignatures, func(digest []byte) error {
		signature, err := key.Sign(rand.Reader, digest, crypto.SHA256)
		if err != nil {
			return err
		}
		var numbers struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(signature, &numbers); err != nil {
			return err
		}
		return crowdVerify(key, digest, numbers.R, numbers.S)
	})
}

func TestCrowdWithSessionForEachSignature(t *testing.T) {
	ctx, key, end := crowdKey(t)
	defer end()
	mechanism := []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil)}

	crowdRun(t, crowdOwnSignatures, func(digest []byte) error {
		resource, err := ctx.resourcePoolFactoryFunc()
		if err != nil {
			return err
		}
		defer resource.Close()
		session := resource.(*pkcs11Session).handle
		if err := ctx.ctx.SignInit(session, mechanism, key.handle); err != nil {
			return err
		}
		signature, err := ctx.ctx.Sign(session, digest)
		if err != nil {
			return err
		}
		r := new(big.Int).SetBytes(signature[:32])
		return crowdVerify(key, digest, r, new(big.Int).SetBytes(signature[32:]))
	})
}
