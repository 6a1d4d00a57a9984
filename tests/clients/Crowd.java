// SPDX-License-Identifier: BSD-3-Clause
// Many threads of Java use one token through SunPKCS11, all at once: Crowd.java
// CONFIGURATION PIN THREADS ROUNDS WORD... Each signs with the stored key "ec"
// and Signature objects of its own, with "session" also with a key pair that
// lasts as long as its session; Java itself looks at every signature.

import java.security.*;
import java.security.spec.*;
import java.util.*;
import java.util.concurrent.*;

public class Crowd {
    static final String ALGORITHM = "SHA256withECDSA";
    static final int OPEN_AT_ONCE = 2;

    static Provider token;
    static int rounds;
    static boolean makesKeys;
    static CyclicBarrier line;

    static void check(boolean holds, String what) {
        if (!holds)
            throw new AssertionError(what);
    }

    // What a public key of the token is to Java's own provider.
    static PublicKey inSoftware(PublicKey key) throws Exception {
        return KeyFactory.getInstance("EC", "SunEC").generatePublic(
            new X509EncodedKeySpec(key.getEncoded()));
    }

    static boolean verify(PublicKey key, byte[] message, byte[] bytes)
            throws Exception {
        Signature signature = Signature.getInstance(ALGORITHM, "SunEC");
        signature.initVerify(key);
        signature.update(message);
        return signature.verify(bytes);
    }

    // Several objects, begun one after the other is done, each used again.
    static void sign(PrivateKey key, PublicKey software, String name)
            throws Exception {
        Signature[] signatures = new Signature[OPEN_AT_ONCE];

        for (int i = 0; i < OPEN_AT_ONCE; i++)
            signatures[i] = Signature.getInstance(ALGORITHM, token);
        for (int round = 0; round < rounds; round++) {
            Signature signature = signatures[round % OPEN_AT_ONCE];
            byte[] message = (name + "," + round).getBytes();
            signature.initSign(key);
            for (byte one : message)
                signature.update(one);
            byte[] bytes = signature.sign();
            check(verify(software, message, bytes), "signature of " + name);
        }
    }

    static Void live(PrivateKey key, PublicKey software, int number)
            throws Exception {
        line.await();
        sign(key, software, "thread " + number);
        if (makesKeys) {
            KeyPairGenerator maker = KeyPairGenerator.getInstance("EC", token);
            maker.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = maker.generateKeyPair();
            sign(pair.getPrivate(), inSoftware(pair.getPublic()),
                 "own key " + number);
        }
        return null;
    }

    public static void main(String[] arguments) throws Exception {
        char[] pin = arguments[1].toCharArray();
        int threads = Integer.parseInt(arguments[2]);
        rounds = Integer.parseInt(arguments[3]);
        makesKeys = Arrays.asList(arguments).contains("session");
        line = new CyclicBarrier(threads);
        token = Security.getProvider("SunPKCS11").configure(arguments[0]);
        Security.addProvider(token);
        KeyStore store = KeyStore.getInstance("PKCS11", token);
        store.load(null, pin);
        PrivateKey key = (PrivateKey) store.getKey("ec", pin);
        PublicKey software = store.getCertificate("ec").getPublicKey();
        ExecutorService crowd = Executors.newFixedThreadPool(threads);
        List<Future<Void>> results = new ArrayList<>();

        for (int i = 0; i < threads; i++) {
            int number = i;
            results.add(crowd.submit(() -> live(key, software, number)));
        }
        for (Future<Void> result : results)
            result.get();
        crowd.shutdown();
        System.out.println("all is well");
    }
}
