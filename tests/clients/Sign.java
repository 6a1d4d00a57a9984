// SPDX-License-Identifier: BSD-3-Clause
// Java uses one token through SunPKCS11: Sign.java CONFIGURATION PIN WORD...
// It signs with the keys of the key store from several threads, and works with
// many keys that last only as long as their session.

import java.security.*;
import java.security.cert.Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.*;
import java.util.concurrent.*;
import javax.crypto.*;
import javax.crypto.spec.IvParameterSpec;

public class Sign {
    static final int THREADS = 4;
    static final int ROUNDS = 25;

    static Provider token;
    static Set<String> words;

    static void check(boolean holds, String what) {
        if (!holds)
            throw new AssertionError(what);
    }

    static String algorithm(Key key) {
        return key.getAlgorithm().equals("EC") ? "SHA256withECDSA"
                                               : "SHA256withRSA";
    }

    static byte[] sign(PrivateKey key, byte[] message) throws Exception {
        Signature signature = Signature.getInstance(algorithm(key), token);
        signature.initSign(key);
        for (byte one : message)
            signature.update(one);
        return signature.sign();
    }

    // By a provider: the token's, or Java's own for null.
    static boolean verify(Provider by, PublicKey key, byte[] message,
                          byte[] bytes) throws Exception {
        Signature signature = by != null
            ? Signature.getInstance(algorithm(key), by)
            : Signature.getInstance(algorithm(key),
                  key.getAlgorithm().equals("EC") ? "SunEC" : "SunRsaSign");
        signature.initVerify(key);
        signature.update(message);
        return signature.verify(bytes);
    }

    // Some signatures, each of another message, all seen through by Java.
    static Void signSome(PrivateKey key, PublicKey software, int thread)
            throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] message = ("message " + thread + "," + round).getBytes();
            byte[] bytes = sign(key, message);

            check(verify(null, software, message, bytes), "signature");
            message[0] ^= 1;
            check(!verify(null, software, message, bytes), "other message");
        }
        return null;
    }

    static void useStored(KeyStore store, String alias, char[] pin)
            throws Exception {
        PrivateKey key = (PrivateKey) store.getKey(alias, pin);
        Certificate certificate = store.getCertificate(alias);
        check(key != null && certificate != null, alias + " is not there");
        PublicKey software = certificate.getPublicKey();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<Void>> results = new ArrayList<>();

        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            results.add(threads.submit(() -> signSome(key, software, thread)));
        }
        for (Future<Void> result : results)
            result.get();
        threads.shutdown();
        byte[] message = "once more".getBytes();
        byte[] bytes = sign(key, message);
        check(!words.contains("verify")
                  || verify(token, software, message, bytes),
              "verified by the token");
    }

    static KeyPair makePair(String type, int number) throws Exception {
        KeyPairGenerator maker = KeyPairGenerator.getInstance(type, token);
        if (type.equals("EC"))
            maker.initialize(new ECGenParameterSpec("secp256r1"));
        else
            maker.initialize(number);
        return maker.generateKeyPair();
    }

    // Keys that nobody keeps: Java destroys them when they are collected.
    static void useSessionKeys() throws Exception {
        byte[] message = "a message for a moment".getBytes();
        String type = words.contains("ec") ? "EC" : "RSA";
        int pairs = type.equals("EC") ? 40 : 3;

        for (int i = 0; i < pairs; i++) {
            KeyPair pair = makePair(type, 1024);
            check(verify(token, pair.getPublic(), message,
                         sign(pair.getPrivate(), message)), "session key");
            if (i % 10 == 0)
                System.gc();
        }
    }

    static void useSecretKeys() throws Exception {
        KeyGenerator maker = KeyGenerator.getInstance("AES", token);
        maker.init(256);
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding", token);
        IvParameterSpec iv = new IvParameterSpec(new byte[16]);
        byte[] message = new byte[1000];

        for (int i = 0; i < 20; i++) {
            SecretKey key = maker.generateKey();
            Arrays.fill(message, (byte) i);
            cipher.init(Cipher.ENCRYPT_MODE, key, iv);
            byte[] head = cipher.update(message, 0, 333);
            byte[] tail = cipher.doFinal(message, 333, 667);
            byte[] sealed = Arrays.copyOf(head, head.length + tail.length);
            System.arraycopy(tail, 0, sealed, head.length, tail.length);
            cipher.init(Cipher.DECRYPT_MODE, key, iv);
            check(Arrays.equals(cipher.doFinal(sealed), message), "cipher");
        }
    }

    static void digest() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256", token);
        MessageDigest software = MessageDigest.getInstance("SHA-256", "SUN");
        byte[] piece = new byte[777];

        for (int i = 0; i < 50; i++) {
            Arrays.fill(piece, (byte) i);
            digest.update(piece);
            software.update(piece);
        }
        check(Arrays.equals(digest.digest(), software.digest()), "digest");
    }

    static void agree() throws Exception {
        KeyPair ours = makePair("EC", 0);
        KeyPairGenerator maker = KeyPairGenerator.getInstance("EC", "SunEC");
        maker.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair theirs = maker.generateKeyPair();
        KeyAgreement here = KeyAgreement.getInstance("ECDH", token);
        KeyAgreement there = KeyAgreement.getInstance("ECDH", "SunEC");

        here.init(ours.getPrivate());
        here.doPhase(theirs.getPublic(), true);
        there.init(theirs.getPrivate());
        there.doPhase(ours.getPublic(), true);
        check(Arrays.equals(here.generateSecret(), there.generateSecret()),
              "agreement");
    }

    public static void main(String[] arguments) throws Exception {
        char[] pin = arguments[1].toCharArray();
        words = new HashSet<>(Arrays.asList(arguments));
        token = Security.getProvider("SunPKCS11").configure(arguments[0]);
        Security.addProvider(token);
        KeyStore store = KeyStore.getInstance("PKCS11", token);
        store.load(null, pin);

        if (words.contains("rsa"))
            useStored(store, "rsa", pin);
        if (words.contains("ec"))
            useStored(store, "ec", pin);
        if (words.contains("session"))
            useSessionKeys();
        if (words.contains("aes"))
            useSecretKeys();
        if (words.contains("digest"))
            digest();
        if (words.contains("derive"))
            agree();
        System.out.println("all is well");
    }
}
