/* SPDX-License-Identifier: BSD-3-Clause */
/* The primes of the RSA keys. They protect nothing. */
#include "tests/differential/material-prime.h"

#include <stddef.h>

const struct rsa_primes rsa_primes[] = {
    {
        .name = "rsa-2048",
        .p = "e34010a0022e6ca67d6b1e4c053e8c3844be0346e2eacd78424348e5fcc25cad"
             "90cca08ab06b93a758cbe4e94b197589c850bdbf85371b5b100672e7c3cc4052"
             "709aa9f79bf240c53df2fd98b1f3696365f173075cec6a7b0c1f321d87fc33c4"
             "207251fdf8eaaf47252cb66743fe30622a29333ae9f1cc7c138c94675c83f35d",
        .q = "c3886b6c0d9ab1567cbd198a622e466898aee07507ed4d12188fa5de35c6d684"
             "57134b36bfa5b4258465b96497a44be1edffd28380ec1c380aa5686ec60bf06b"
             "4dcc13368cf5bc3cd81367fcee9397b8fce667b0ea574687e2153f5515e41a29"
             "b121081ed9e1126cf610e0bf5a9799cfd70837d4e53a6743aa5d139ecbac968f",
    },
    {
        .name = "rsa-3072",
        .p = "da787b59f5f833e9d3fb05b11d9bbde9d68c1cd0013de53dcdaa6cf932d3d33d"
             "c9c7279204aaedae598c71af8ea34d448bd2b229bf690da419c6406bd76aadfb"
             "6f8b08ef038e5048b423e80886e080517f217d77f8da07a36bd95727331cc91b"
             "ce6ed8a304c4b2387f1d914df067164ba2ce292b6b76d1903a574615d93ed6a1"
             "bbac723bbb88253e7a5d2ca752ca23eba222680338f416e3534ae4738f8949d9"
             "45c3363e1a01fe03fe778b1ad62daffcc9f7af249daaafb5319ae6ff4ed27615",
        .q = "cd24154e04d267f999b92dfab94f669db6db2e90e8561334cf76b355e7764943"
             "9ffb4b0ff7f9254fb3f99b8c4932aeb2e4184f2eb3c154ebd401cb639cff4ea7"
             "f6b01eb809a9a5695e8646bb21b53be17a1698486ce10868baf3175d4ed3f125"
             "0028e90bba6de1bffe187df455b544e52737bfdedcb207edbd8276c78bfa9639"
             "f89fb998d12bc5beb1bc331792e34e927e2ba914d5b66bbb3be945f7a3b826b5"
             "7729a5da095f0fca2c5d3f824e2158419d6ec00c4c2691674e52ae791a31d16f",
    },
    {
        .name = "rsa-4096",
        .p = "d061f7618d5bd07437d214cc12fae00b032657f90270b87bb52cbd0ad5b665d3"
             "ae32bc3a05baebb3e1b791ec11f4728101c7ca5bb7ba059d291be77352271ca4"
             "2423757f15b0042e0ecd254e217eb577687c796b2598c48e872ca924cd287fbe"
             "8bfa64169e7209764985ecfec8ae52f6e28e48aee989e7053bf5378a4628eeb6"
             "241ccafa8f6507abcaea3a88b4f804cb05e523f480a24347b14318c7f05a552c"
             "fa8ce83ce2941d3d19c4f917e8b2832ab82ca010a7ac42061982929ac132129b"
             "46a5009e4c074b48b12d7c644560d106307f1f28740e0a61b019592dcf4d84bc"
             "90e781b8baf687f9d46578a21482d1325212e5e099bb6e8ee48587dd7b04e2af",
        .q = "cf6dd4fb54894b04b3b75d4d99c2e2445c7ad41dad9d8205c8be177c6e608bf7"
             "e7408a0663a998ce9d9075a5226ccc926c04888b6f00396dd442fcd25bda5ea8"
             "c89c93a00a891d469d7eaa0dc93d15a7d46bd901f7e4926519866fc4e8a2b825"
             "46c77cba0ede568869de7ecb05eb4451ea1486f9ae61060e576328bea36f63e0"
             "6e744e2edc4ab7aace2c21e2e0cee7128532dd5d7a07667d985a0c66927dbfce"
             "2bcb9792be63f59802741ea6d7b51766f6d40a4bb8c733d004a316c5858f4919"
             "af2077e8529cf6439098dae7c9503f2264823528eec8cbd6b0220aa71cef02fc"
             "aa08fa485d86d4c6e1ce29f47675e4b08092f105ce8ed49d094bc165d8e24eab",
    },
    { .name = NULL },
};
