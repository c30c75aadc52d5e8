/**
 * Lint: typescript-eslint's type-checked rules, nothing that evaluates text, and the layer rule.
 */
import { dirname, relative, resolve } from 'node:path';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layerViolation } from './scripts/layers.mjs';

const root = import.meta.dirname;
const fromRoot = (path) => relative(root, path).replaceAll('\\', '/');

/** The layer rule on import statements, types included (which no bundle shows). */
const layers = {
  create(context) {
    const check = ({ source }) => {
      if (typeof source?.value !== 'string' || !source.value.startsWith('.')) return;
      const target = resolve(dirname(context.filename), source.value).replace(/\.js$/, '.ts');
      const message = layerViolation(fromRoot(context.filename), fromRoot(target));
      if (message) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    };
  },
};

export default defineConfig(
  {
    ignores: ['dist/', 'build/', 'node_modules/', 'training/', 'docs/', 'assets/', 'src/engine/kernels/*.ts'],
  },
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['main', 'portable', 'worklet', 'worker', 'node'].map(
          (thread) => `./tsconfig.${thread}.json`,
        ),
        tsconfigRootDir: root,
      },
    },
    plugins: { latent: { rules: { layers } } },
    rules: {
      'latent/layers': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Underscored names say that a signature needs them and the body does not.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNever: true },
      ],
      '@typescript-eslint/no-implied-eval': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-script-url': 'error',
      'no-unreachable': 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      'no-console': 'off',
      // Pages under test hand back JSON, and WAM states are `any` by their standard.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      // Closures that an interface declares as methods.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-console': 'off' },
  },
);
